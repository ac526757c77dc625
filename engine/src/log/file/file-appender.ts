import { asLogError, LogError } from '../log-error.ts';
import type { LogAppender, LogPosition } from '../partitioned-log.ts';
import type { DurableEnd } from './durable-end.ts';
import { FRAME_HEADER_BYTES } from './frame.ts';
import type { RecoveredPartition } from './recover.ts';
import type { PartitionFiles } from './segment.ts';
import { SegmentWriter } from './segment-writer.ts';

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
 * newest segment with one write and one fsync.
 */
export class FileAppender implements LogAppender {
  readonly #files: PartitionFiles;
  readonly #limits: AppenderLimits;
  readonly #writer: SegmentWriter;
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
    this.#writer = new SegmentWriter(files, limits.segmentBytes, durable, recovered);
  }

  get durableEnd(): LogPosition {
    return this.#writer.end;
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
      const positions = this.#writer.write(this.#queue.map(({ payload }) => payload));
      const batch = this.#queue.slice(0, positions.length);
      this.#queue = this.#queue.slice(positions.length);
      for (const [index, one] of batch.entries()) {
        this.#queuedBytes -= one.payload.length + FRAME_HEADER_BYTES;
        one.resolve(positions[index] as LogPosition); // as many positions as records
      }
    } catch (error) {
      this.#failure = asLogError(error, `writing ${this.#writer.path}`);
      this.#letGo(this.#failure);
    }
    if (this.#queue.length > 0) this.#scheduled = setImmediate(() => this.#flush());
  }

  #letGo(error: LogError): void {
    const refused = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    this.#writer.close();
    for (const one of refused) one.reject(error);
  }
}

function closedError(partition: number): LogError {
  return new LogError('closed', `Partition ${partition} of the log is closed`);
}
