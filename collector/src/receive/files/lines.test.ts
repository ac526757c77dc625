import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines } from './lines.ts';
import { collect, piecesOf } from './pieces.testkit.ts';

async function linesOf(pieces: readonly Buffer[], maxBytes = 1000): Promise<[number, string][]> {
  const groups = await collect(readLines(piecesOf(pieces), maxBytes));
  return groups.flat().map(({ number, bytes }) => [number, bytes.toString()]);
}

describe('readLines', () => {
  it('numbers lines as an editor does, and passes blank ones over', async () => {
    const text = '\ufeff{"a":1}\r\n\n  \n{"b":2}\n{"c":3}';
    expect(await linesOf([Buffer.from(text)])).toEqual([
      [1, '{"a":1}'],
      [4, '{"b":2}'],
      [5, '{"c":3}'],
    ]);
  });

  it('gives the same lines however the file is cut into pieces', async () => {
    const text = fc
      .array(fc.constantFrom('a', 'é', '{"x":"y"}', '\n', '\r\n', ' '))
      .map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(60)), async (whole, cuts) => {
        const bytes = Buffer.from(whole);
        const places = [
          0,
          ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b),
          bytes.length,
        ];
        const pieces = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
        const atOnce = whole
          .split('\n')
          .map((line, index): [number, string] => [index + 1, line.replace(/\r$/, '')])
          .filter(([, line]) => line.trim() !== '');
        expect(await linesOf(pieces.filter((piece) => piece.length > 0 || pieces.length === 1))).toEqual(
          atOnce,
        );
      }),
    );
  });

  it('reads over a line that is too long, and keeps only its beginning', async () => {
    const piece = Buffer.from('x'.repeat(1000));
    const pieces = [...Array.from({ length: 5000 }, () => piece), Buffer.from('\nnext\n')];
    const [long, next] = (await collect(readLines(piecesOf(pieces), 100_000))).flat();
    expect([long?.number, long?.length]).toEqual([1, 5_000_000]);
    expect(long?.bytes.length).toBeLessThanOrEqual(16 * 1024);
    expect(next?.bytes.toString()).toBe('next');
  });
});
