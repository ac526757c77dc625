import { asLogError, LogError } from '../log-error.ts';
import type { LogAppender, LogPosition } from '../partitioned-log.ts';
import { crc32c } from './crc32c.ts';
import type { DiskFile } from './disk.ts';
import type { DurableEnd } from './durable-end.ts';
import { encodeFrameHeader, FRAME_HEADER_BYTES, frameBytes } from './frame.ts';
import type { RecoveredPartition } from './recover.ts';
import { createSegment, type PartitionFiles, SEGMENT_HEADER_BYTES, segmentPath } from './segment.ts';

export type AppenderLimits = {
  readonly segmentBytes: number;
  readonly maxRecordBytes: number;
  readonly maxQueuedBytes: number;
};

type Waiting = {
  readonly payload: Uint8Array;
  readonly resolve: (position: LogPosition) => void;
  readonly reject: (error: LogError) => void;
};

/**
 * Writes one partition. Appends queue until the event loop has taken in what was ready, then all go to the
 * newest segment with one write and one fsync. Batches do not span segments: that is what recover.ts relies
 * on.
 */
export class FileAppender implements LogAppender {
  readonly #files: PartitionFiles;
  readonly #limits: AppenderLimits;
  readonly #durable: DurableEnd;
  #file: DiskFile;
  #base: number;
  #end: number;
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  #scheduled: NodeJS.Immediate | undefined;
  #failure: LogError | undefined;
  #closed = false;

  constructor(
    files: PartitionFiles,
    limits: AppenderLimits,
    durable: DurableEnd,
    recovered: RecoveredPartition,
  ) {
    this.#files = files;
    this.#limits = limits;
    this.#durable = durable;
    this.#file = recovered.file;
    this.#base = recovered.base;
    this.#end = recovered.end;
  }

  get durableEnd(): LogPosition {
    return this.#end as LogPosition;
  }

  get failure(): LogError | undefined {
    return this.#failure;
  }

  append(payload: Uint8Array): Promise<LogPosition> {
    const refusal = this.#refusal(payload.length);
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#queue.push({ payload, resolve, reject });
      this.#queuedBytes += payload.length + FRAME_HEADER_BYTES;
      this.#scheduled ??= setImmediate(() => this.#flush());
    });
  }

  close(): Promise<void> {
    while (this.#queue.length > 0) this.#flush();
    this.abandon();
    return Promise.resolve();
  }

  /** Closes without writing what waits; it is rejected. */
  abandon(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#failure === undefined) this.#letGo(closedError(this.#files.partition));
  }

  #refusal(payloadBytes: number): LogError | undefined {
    if (this.#failure !== undefined) return this.#failure;
    if (this.#closed) return closedError(this.#files.partition);
    const { maxRecordBytes, maxQueuedBytes } = this.#limits;
    if (payloadBytes > maxRecordBytes) {
      return new LogError(
        'too-large',
        `A record of ${payloadBytes} bytes; at most ${maxRecordBytes} are allowed`,
      );
    }
    // A record that alone is over the bound is let in when nothing else waits, else it could never be.
    if (this.#queue.length > 0 && this.#queuedBytes + payloadBytes + FRAME_HEADER_BYTES > maxQueuedBytes) {
      const message = `${this.#queuedBytes} bytes wait to be written in partition ${this.#files.partition}; `;
      return new LogError('full', `${message}at most ${maxQueuedBytes} may`);
    }
    return undefined;
  }

  #flush(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    if (this.#queue.length === 0) return;
    try {
      this.#rollIfFull();
      const batch = this.#queue.slice(0, this.#batchLength());
      const positions = this.#write(batch);
      this.#queue = this.#queue.slice(batch.length);
      for (const [index, one] of batch.entries()) {
        this.#queuedBytes -= one.payload.length + FRAME_HEADER_BYTES;
        one.resolve(positions[index] as LogPosition); // as many positions as records
      }
    } catch (error) {
      this.#failure = asLogError(error, `writing ${segmentPath(this.#files.directory, this.#base)}`);
      this.#letGo(this.#failure);
    }
    if (this.#queue.length > 0) this.#scheduled = setImmediate(() => this.#flush());
  }

  #rollIfFull(): void {
    const first = this.#queue[0];
    const isEmpty = this.#end === this.#base;
    if (first === undefined || isEmpty || first.payload.length + FRAME_HEADER_BYTES <= this.#freeBytes())
      return;
    const next = createSegment(this.#files, this.#end);
    const full = this.#file;
    this.#file = next;
    this.#base = this.#end;
    full.close();
  }

  #freeBytes(): number {
    return this.#limits.segmentBytes - SEGMENT_HEADER_BYTES - (this.#end - this.#base);
  }

  /**
   * How many of the queue go into the newest segment; the first does even when it alone is over the limit.
   */
  #batchLength(): number {
    let free = this.#freeBytes();
    let length = 0;
    for (const one of this.#queue) {
      free -= one.payload.length + FRAME_HEADER_BYTES;
      if (free < 0 && length > 0) break;
      length += 1;
    }
    return length;
  }

  /** Writes and fsyncs the batch, tells the readers, and returns the records' positions. */
  #write(batch: readonly Waiting[]): LogPosition[] {
    const headers = frameBytes(new Uint8Array(batch.length * FRAME_HEADER_BYTES));
    const chunks: Uint8Array[] = [];
    const positions: LogPosition[] = [];
    let position = this.#end;
    for (const [index, { payload }] of batch.entries()) {
      const at = index * FRAME_HEADER_BYTES;
      const payloadCrc = crc32c(payload);
      const header = {
        payloadBytes: payload.length,
        flags: 0,
        position,
        batchStart: this.#end,
        payloadCrc,
      };
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

  #letGo(error: LogError): void {
    const refused = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    try {
      this.#file.close();
    } catch {
      // What counts in it is synced, or is reported as failed already.
    }
    for (const one of refused) one.reject(error);
  }
}

function closedError(partition: number): LogError {
  return new LogError('closed', `Partition ${partition} of the log is closed`);
}
