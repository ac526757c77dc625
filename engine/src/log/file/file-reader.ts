import { asLogError, LogError, type LogPlace } from '../log-error.ts';
import type { LogPosition, LogReader, LogRecord } from '../partitioned-log.ts';
import type { DiskFile } from './disk.ts';
import { type DurableEnd, DurableWatch } from './durable-end.ts';
import {
  decodeFrameHeader,
  FRAME_HEADER_BYTES,
  type FrameBytes,
  frameBytes,
  payloadIsWhole,
} from './frame.ts';
import {
  corruptRecord,
  listSegments,
  newerRecord,
  openSegment,
  type PartitionFiles,
  SEGMENT_HEADER_BYTES,
  segmentPath,
} from './segment.ts';

type OpenSegment = { readonly base: number; readonly file: DiskFile };
/** Part of a segment: from a record's start up to the segment's, or the log's, end. */
type Stretch = {
  readonly file: DiskFile;
  readonly base: number;
  readonly from: number;
  readonly end: number;
};

/** Follows one partition from any thread; what it may read comes from the owner through `DurableEnd`. */
export class FileReader implements LogReader {
  readonly #files: PartitionFiles;
  readonly #durable: DurableEnd;
  readonly #watch: DurableWatch;
  #bases: readonly number[] = [];
  #listedAt = -1;
  #open: OpenSegment | undefined;
  #closed = false;

  constructor(files: PartitionFiles, durable: DurableEnd) {
    this.#files = files;
    this.#durable = durable;
    this.#watch = new DurableWatch(durable);
  }

  get start(): LogPosition {
    return this.#durable.start;
  }

  get end(): LogPosition {
    return this.#durable.end;
  }

  read(from: LogPosition, maxBytes: number): readonly LogRecord[] {
    if (this.#closed)
      throw new LogError('closed', `A reader of partition ${this.#files.partition} is closed`);
    const end = this.#durable.end; // before the start and the list, so that both are at least as new
    this.#checkPosition(from, end);
    if (from === end) return [];
    try {
      const stretch = this.#stretch(from, end);
      return this.#decode(stretch, this.#fill(stretch, maxBytes));
    } catch (error) {
      this.#checkPosition(from, end); // truncated in the meantime
      throw asLogError(error, `reading ${this.#files.directory}`);
    }
  }

  async waitFor(from: LogPosition, signal: AbortSignal): Promise<boolean> {
    if (from > this.#durable.end) this.#checkPosition(from, this.#durable.end);
    return this.#watch.endAfter(from, signal, () => this.#closed);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#open?.file.close();
    this.#open = undefined;
    this.#watch.wakeAll();
  }

  #checkPosition(from: LogPosition, end: LogPosition): void {
    if (!Number.isSafeInteger(from)) throw new LogError('invalid', `${from} is not a log position`);
    const { partition, directory } = this.#files;
    const start = this.#durable.start;
    if (from < start) {
      const message = `Position ${from} of partition ${partition} was deleted; the log begins at ${start}`;
      throw new LogError('truncated', message);
    }
    if (from > end) {
      const message = `Position ${from} is after the end ${end} of partition ${partition} in ${directory}`;
      throw new LogError('ahead', `${message}: it belongs to another log, or this one was replaced`);
    }
  }

  #stretch(from: number, end: number): Stretch {
    if (this.#listedAt !== end) {
      this.#bases = listSegments(this.#files);
      this.#listedAt = end;
    }
    const index = this.#bases.findLastIndex((base) => base <= from);
    const base = this.#bases[index];
    if (base === undefined) {
      const place = { segment: segmentPath(this.#files.directory, from), offset: 0 };
      throw corruptRecord(place, from, 'is gone: no file holds it');
    }
    if (this.#open?.base !== base) {
      this.#open?.file.close();
      this.#open = undefined;
      const file = openSegment(this.#files, base);
      this.#open = { base, file };
    }
    return {
      file: this.#open.file,
      base,
      from,
      end: Math.min(end, this.#bases[index + 1] ?? end),
    };
  }

  /** Bytes from the stretch's start: `maxBytes` and a header, or as much as its first record needs. */
  #fill(stretch: Stretch, maxBytes: number): FrameBytes {
    const available = stretch.end - stretch.from;
    const wanted = Math.min(available, Math.max(0, Math.floor(maxBytes)) + FRAME_HEADER_BYTES);
    const source = this.#readBytes(stretch, wanted);
    const header = decodeFrameHeader(source, 0, stretch.from);
    if (header === undefined) throw this.#corrupt(stretch, 0, 'is damaged, or no record starts there');
    const needed = FRAME_HEADER_BYTES + header.payloadBytes;
    if (needed > available) throw this.#corrupt(stretch, 0, 'reaches over the end');
    return needed <= wanted ? source : this.#readBytes(stretch, needed);
  }

  #readBytes(stretch: Stretch, length: number): FrameBytes {
    // Not zeroed: every byte that is decoded was read. Not pooled: the records keep it.
    const bytes = Buffer.allocUnsafeSlow(length);
    const read = stretch.file.read(bytes, SEGMENT_HEADER_BYTES + stretch.from - stretch.base);
    if (read < length) throw this.#corrupt(stretch, read, 'is cut off by the end of the file');
    return frameBytes(bytes);
  }

  #decode(stretch: Stretch, source: FrameBytes): LogRecord[] {
    const records: LogRecord[] = [];
    const { bytes } = source;
    let at = 0;
    while (at + FRAME_HEADER_BYTES <= bytes.length) {
      const header = decodeFrameHeader(source, at, stretch.from + at);
      if (header === undefined) throw this.#corrupt(stretch, at, 'is damaged');
      const next = at + FRAME_HEADER_BYTES + header.payloadBytes;
      if (next > bytes.length && stretch.from + next <= stretch.end) break;
      if (!payloadIsWhole(source, at, header)) throw this.#corrupt(stretch, at, 'has a damaged payload');
      if (header.flags !== 0) throw newerRecord(this.#place(stretch, at), header.flags);
      records.push({
        position: (stretch.from + at) as LogPosition,
        next: (stretch.from + next) as LogPosition,
        payload: bytes.subarray(at + FRAME_HEADER_BYTES, next),
      });
      at = next;
    }
    return records;
  }

  #corrupt(stretch: Stretch, at: number, why: string): LogError {
    return corruptRecord(this.#place(stretch, at), stretch.from + at, why);
  }

  #place(stretch: Stretch, at: number): LogPlace {
    const segment = segmentPath(this.#files.directory, stretch.base);
    return { segment, offset: SEGMENT_HEADER_BYTES + stretch.from - stretch.base + at };
  }
}
