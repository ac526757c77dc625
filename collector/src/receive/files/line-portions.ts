import type { UnreadableLine } from '../../intake/record.ts';
import type { ImportOptions } from './columns.ts';
import type { LineFormat } from './line-format.ts';
import { type Line, readLines } from './lines.ts';
import type { Portion, PortionHead, PortionRecord } from './portion.ts';
import type { Rejection } from './report.ts';
import type { ReadingTally } from './tally.ts';

/** A longer line cannot be one intake record. */
const LINE_BYTES_MAX = 16 * 1024 * 1024;
/** Lines are kept together up to this size. */
const PORTION_BYTES = 768 * 1024;
const PORTION_LINES_MAX = 4000;
const TEXT_LENGTH_MAX = 16 * 1024;

type LineFile = { readonly importId: string; readonly source: string; readonly options: ImportOptions };

/** The lines of a file as portions. A line that cannot be read becomes a dead letter with its beginning; nothing ends an import. */
export async function* linePortions(
  chunks: AsyncIterable<Buffer>,
  format: LineFormat,
  file: LineFile,
  tally: ReadingTally,
  nowUs: () => number,
): AsyncGenerator<Portion> {
  let group = new LineGroup(format, file, 1);
  try {
    for await (const lines of readLines(chunks, LINE_BYTES_MAX)) {
      for (const line of lines) {
        if (!group.hasRoomFor(line)) {
          yield group.portion();
          group = new LineGroup(format, file, line.number);
        }
        group.add(line, tally, nowUs());
      }
    }
  } catch (error) {
    if (group.count > 0) yield group.portion();
    throw error;
  }
  if (group.count > 0) yield group.portion();
}

class LineGroup {
  readonly #format: LineFormat;
  readonly #file: LineFile;
  readonly #first: number;
  readonly #kept = new Map<PortionHead['wire'], Buffer[]>();
  readonly #unreadable: UnreadableLine[] = [];
  readonly #rejections: Rejection[] = [];
  #bytes = 0;
  #read = 0;
  count = 0;

  constructor(format: LineFormat, file: LineFile, first: number) {
    this.#format = format;
    this.#file = file;
    this.#first = first;
  }

  hasRoomFor(line: Line): boolean {
    if (this.count === 0) return true;
    return this.#bytes + line.bytes.length <= PORTION_BYTES && this.count < PORTION_LINES_MAX;
  }

  add(line: Line, tally: ReadingTally, nowUs: number): void {
    this.count = line.number - this.#first + 1;
    const read =
      line.length > LINE_BYTES_MAX
        ? ({ kind: 'unreadable', reason: `the line is longer than ${LINE_BYTES_MAX} bytes` } as const)
        : this.#format.read(line, nowUs);
    if (read.kind === 'skipped') tally.skippedLines += 1;
    else if (read.kind === 'unreadable') this.#refuse(line, read.reason);
    else {
      // What a chunk holds would stay in memory as a whole, and stays as long as this group: bounded.
      const lines = this.#kept.get(read.wire);
      if (lines === undefined) this.#kept.set(read.wire, [read.bytes]);
      else lines.push(read.bytes);
      this.#bytes += read.bytes.length;
      this.#read += read.items;
      for (const rejection of read.rejections) this.#rejections.push(rejection);
    }
  }

  #refuse(line: Line, reason: string): void {
    const text = line.bytes.toString('utf8', 0, TEXT_LENGTH_MAX);
    this.#unreadable.push({ line: line.number, reason, text });
    this.#rejections.push({ line: line.number, reason });
    this.#bytes += text.length;
    this.#read += 1;
  }

  portion(): Portion {
    return {
      first: this.#first,
      count: this.count,
      read: this.#read,
      rejections: this.#rejections,
      records: () => this.#records(),
    };
  }

  #records(): PortionRecord[] {
    const records: PortionRecord[] = [];
    if (this.#unreadable.length > 0) {
      const { importId, source } = this.#file;
      const head = { wire: 'unreadable', importId, source } as const;
      records.push({ head, body: Buffer.from(JSON.stringify(this.#unreadable)) });
    }
    for (const [wire, lines] of this.#kept)
      records.push(this.#format.record(lines, wire, this.#file.options));
    return records;
  }
}
