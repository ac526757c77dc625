import { describe, expect, it } from 'vitest';
import { collect } from './pieces.testkit.ts';
import { decodeDeclared, decodeUtf8 } from './text.ts';

async function* cutAt(bytes: Buffer, ...places: readonly number[]): AsyncGenerator<Buffer> {
  let start = 0;
  for (const place of [...places, bytes.length]) {
    yield bytes.subarray(start, place);
    start = place;
  }
}

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  return (await collect(decodeUtf8(chunks, 'a.csv'))).join('');
}

describe('decodeUtf8', () => {
  it('gives the same text wherever the bytes are cut, and drops one byte order mark', async () => {
    const text = 'aé€😀\n\ufeffz';
    const bytes = Buffer.from(`\ufeff${text}`);
    for (let first = 0; first <= bytes.length; first += 1) {
      for (let second = first; second <= bytes.length; second += 1) {
        expect(await textOf(cutAt(bytes, first, second))).toBe(text);
      }
    }
  });

  it('names the line of bytes that are no character, after the lines before it', async () => {
    const bytes = Buffer.concat([Buffer.from('a\né\nb'), Buffer.from([0xe9]), Buffer.from('c\nd\n')]);
    for (let place = 0; place <= bytes.length; place += 1) {
      const texts: string[] = [];
      const reading = (async () => {
        for await (const text of decodeUtf8(cutAt(bytes, place), 'a.csv')) texts.push(text);
      })();
      await expect(reading).rejects.toMatchObject({ code: 'wrong-encoding', line: 3 });
      expect('a\né\nb'.startsWith(texts.join(''))).toBe(true);
      expect(texts.join('')).toContain('a\né\n');
    }
  });

  it('refuses an end in the middle of a character', async () => {
    await expect(textOf(cutAt(Buffer.from([0x61, 0xe2, 0x82])))).rejects.toMatchObject({ line: 1 });
  });
});

describe('decodeDeclared', () => {
  it('reads an encoding that the file declares, and says when it is not known', async () => {
    const latin = Buffer.from('caf\u00e9', 'latin1');
    expect((await collect(decodeDeclared(cutAt(latin), 'a.xes', 'ISO-8859-1'))).join('')).toBe('café');
    await expect(collect(decodeDeclared(cutAt(latin), 'a.xes', 'ebcdic-x'))).rejects.toMatchObject({
      code: 'wrong-encoding',
    });
    await expect(collect(decodeDeclared(cutAt(latin), 'a.xes', 'shift_jis'))).rejects.toMatchObject({
      code: 'wrong-encoding',
    });
  });
});
