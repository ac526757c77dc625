const NEWLINE = 10;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** A line that is not blank. */
export type Line = {
  /** 1-based. */
  readonly number: number;
  /** Without its line end; of a line that is too long, only the beginning. */
  readonly bytes: Buffer;
  /** Of the whole line. */
  readonly length: number;
};

/** Of a line that is too long this much is kept. */
const KEPT_BYTES = 16 * 1024;

/**
 * The lines of a file, in groups as they become complete. A byte order mark and blank lines are passed over. Memory is bounded by
 * `maxBytes` and one chunk: a longer line is read over, and only its beginning comes out.
 */
export async function* readLines(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Line[]> {
  const open = new OpenLine(maxBytes);
  let number = 1;
  let start = true;
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let from = start && chunk.subarray(0, 3).equals(BOM) ? 3 : 0;
    start = false;
    for (let end = chunk.indexOf(NEWLINE, from); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const line = open.end(chunk.subarray(from, end), number);
      if (line !== undefined) lines.push(line);
      number += 1;
      from = end + 1;
    }
    open.add(chunk.subarray(from));
    if (lines.length > 0) yield lines;
  }
  const last = open.end(Buffer.alloc(0), number);
  if (last !== undefined) yield [last];
}

/** A line that goes on in the next chunk. */
class OpenLine {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#length += bytes.length;
    if (this.#length <= this.#maxBytes) this.#parts.push(bytes);
    else if (this.#parts.length > 1 || (this.#parts[0]?.length ?? 0) !== KEPT_BYTES) this.#cut(bytes);
  }

  #cut(bytes: Buffer): void {
    this.#parts = [Buffer.from(Buffer.concat([...this.#parts, bytes]).subarray(0, KEPT_BYTES))];
  }

  end(rest: Buffer, number: number): Line | undefined {
    this.add(rest);
    const bytes = this.#parts.length === 1 ? (this.#parts[0] ?? rest) : Buffer.concat(this.#parts);
    const line = isBlank(bytes) ? undefined : { number, bytes: withoutReturn(bytes), length: this.#length };
    this.#parts = [];
    this.#length = 0;
    return line;
  }
}

function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 32 && byte !== 9 && byte !== 13) return false;
  return true;
}

function withoutReturn(bytes: Buffer): Buffer {
  return bytes[bytes.length - 1] === 13 ? bytes.subarray(0, -1) : bytes;
}
