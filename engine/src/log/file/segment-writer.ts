import type { LogPosition } from '../partitioned-log.ts';
import { crc32c } from './crc32c.ts';
import type { DiskFile } from './disk.ts';
import type { DurableEnd } from './durable-end.ts';
import { encodeFrameHeader, FRAME_HEADER_BYTES, frameBytes } from './frame.ts';
import type { RecoveredPartition } from './recover.ts';
import { createSegment, type PartitionFiles, SEGMENT_HEADER_BYTES, segmentPath } from './segment.ts';

/**
 * Writes frames to the newest segment of a partition and begins the next one when it is full. One write and one fsync
 * never span segments: that is what recover.ts relies on. After any error it must not be used again.
 */
export class SegmentWriter {
  readonly #files: PartitionFiles;
  readonly #segmentBytes: number;
  readonly #durable: DurableEnd;
  #file: DiskFile;
  #base: number;
  #end: number;

  constructor(
    files: PartitionFiles,
    segmentBytes: number,
    durable: DurableEnd,
    recovered: RecoveredPartition,
  ) {
    this.#files = files;
    this.#segmentBytes = segmentBytes;
    this.#durable = durable;
    this.#file = recovered.file;
    this.#base = recovered.base;
    this.#end = recovered.end;
  }

  get end(): LogPosition {
    return this.#end as LogPosition;
  }

  get path(): string {
    return segmentPath(this.#files.directory, this.#base);
  }

  /**
   * Makes as many of the payloads durable as go into one segment, at least the first, and tells the readers. Returns
   * their positions.
   */
  write(payloads: readonly Uint8Array[]): LogPosition[] {
    this.#rollIfFull(payloads);
    const batch = payloads.slice(0, this.#batchLength(payloads));
    const headers = frameBytes(new Uint8Array(batch.length * FRAME_HEADER_BYTES));
    const chunks: Uint8Array[] = [];
    const positions: LogPosition[] = [];
    let position = this.#end;
    for (const [index, payload] of batch.entries()) {
      const at = index * FRAME_HEADER_BYTES;
      const payloadCrc = crc32c(payload);
      const header = { payloadBytes: payload.length, flags: 0, position, batchStart: this.#end, payloadCrc };
      encodeFrameHeader(headers, at, header);
      chunks.push(headers.bytes.subarray(at, at + FRAME_HEADER_BYTES), payload);
      positions.push(position as LogPosition);
      position += FRAME_HEADER_BYTES + payload.length;
    }
    this.#file.write(chunks, SEGMENT_HEADER_BYTES + this.#end - this.#base);
    this.#file.sync();
    this.#end = position;
    this.#durable.publish({ end: position });
    return positions;
  }

  /** Never throws: what counts in the file is synced, or was reported as failed already. */
  close(): void {
    try {
      this.#file.close();
    } catch {
      // See above.
    }
  }

  #rollIfFull(payloads: readonly Uint8Array[]): void {
    const first = payloads[0];
    const isEmpty = this.#end === this.#base;
    if (first === undefined || isEmpty || first.length + FRAME_HEADER_BYTES <= this.#freeBytes()) return;
    const next = createSegment(this.#files, this.#end);
    const full = this.#file;
    this.#file = next;
    this.#base = this.#end;
    full.close();
  }

  #freeBytes(): number {
    return this.#segmentBytes - SEGMENT_HEADER_BYTES - (this.#end - this.#base);
  }

  /** How many go into the newest segment; the first does even when it alone is over the limit. */
  #batchLength(payloads: readonly Uint8Array[]): number {
    let free = this.#freeBytes();
    let length = 0;
    for (const payload of payloads) {
      free -= payload.length + FRAME_HEADER_BYTES;
      if (free < 0 && length > 0) break;
      length += 1;
    }
    return length;
  }
}
