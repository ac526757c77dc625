import { isUtf8 } from 'node:buffer';
import { ImportError } from './import-error.ts';

const NEWLINE = 10;
const BOM = '\ufeff';

/**
 * UTF-8 bytes as text, without a byte order mark, a character never split. Bytes that are not UTF-8 end it with an error that
 * names the line; the lines before are handed out first.
 */
export async function* decodeUtf8(chunks: AsyncIterable<Buffer>, fileName: string): AsyncGenerator<string> {
  let tail: Buffer = Buffer.alloc(0);
  let lines = 0;
  let first = true;
  for await (const chunk of chunks) {
    const bytes = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    const end = bytes.length - openCharacterLength(bytes);
    const whole = bytes.subarray(0, end);
    tail = bytes.subarray(end);
    const valid = isUtf8(whole) ? whole : whole.subarray(0, validLinesLength(whole));
    const text = valid.toString('utf8');
    yield first && text.startsWith(BOM) ? text.slice(1) : text;
    if (text !== '') first = false;
    lines += countNewlines(valid);
    if (valid.length < whole.length) throw notUtf8(fileName, lines + 1);
  }
  if (tail.length > 0) throw notUtf8(fileName, lines + 1);
}

/** Text in an encoding that the file itself declares. */
export async function* decodeDeclared(
  chunks: AsyncIterable<Buffer>,
  fileName: string,
  encoding: string,
): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new ImportError({
      code: 'wrong-encoding',
      message: `${fileName} declares the encoding "${encoding}", which is not known here`,
      hint: 'Convert the file to UTF-8.',
    });
  }
  try {
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ImportError({
      code: 'wrong-encoding',
      message: `${fileName} declares the encoding "${encoding}" but holds bytes that are not in it`,
      hint: 'Correct the declaration in its first line, or convert the file to UTF-8.',
    });
  }
}

/** How many bytes at the end begin a character that the next chunk ends: 0 to 3. */
function openCharacterLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needed > back ? back : 0;
  }
  return 0;
}

function validLinesLength(bytes: Buffer): number {
  let start = 0;
  for (;;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline + 1;
    if (newline === -1 || !isUtf8(bytes.subarray(start, end))) return start;
    start = end;
  }
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

function notUtf8(fileName: string, line: number): ImportError {
  return new ImportError({
    code: 'wrong-encoding',
    message: `${fileName} is not UTF-8: line ${line} holds bytes that are no character`,
    hint: 'If it is Latin-1 or Windows-1252, convert it: `iconv -f WINDOWS-1252 -t UTF-8`.',
    line,
  });
}
