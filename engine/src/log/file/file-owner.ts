import { asLogError, LogError } from '../log-error.ts';
import type { LogOwner, LogPosition } from '../partitioned-log.ts';
import type { DurableEnd } from './durable-end.ts';
import type { AppenderLimits } from './file-appender.ts';
import { FRAME_HEADER_BYTES } from './frame.ts';
import type { RecoveredPartition } from './recover.ts';
import type { PartitionFiles } from './segment.ts';
import { SegmentWriter } from './segment-writer.ts';

/** A partition's single writer, which says itself when to wait for the disk. A batch is one frame. */
export class FileOwner implements LogOwner {
  readonly #partition: number;
  readonly #limits: AppenderLimits;
  readonly #writer: SegmentWriter;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #end: number;
  #failure: LogError | undefined;

  constructor(
    files: PartitionFiles,
    limits: AppenderLimits,
    durable: DurableEnd,
    recovered: RecoveredPartition,
  ) {
    this.#partition = files.partition;
    this.#limits = limits;
    this.#writer = new SegmentWriter(files, limits.segmentBytes, durable, recovered);
    this.#end = recovered.end;
  }

  get end(): LogPosition {
    return this.#end as LogPosition;
  }

  get durableEnd(): LogPosition {
    return this.#writer.end;
  }

  get failure(): LogError | undefined {
    return this.#failure;
  }

  append(batch: Uint8Array): LogPosition {
    this.#check(batch.length);
    const position = this.end;
    this.#queue.push(batch);
    this.#queuedBytes += batch.length;
    this.#end += FRAME_HEADER_BYTES + batch.length;
    return position;
  }

  flush(): LogPosition {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      while (this.#queue.length > 0) {
        const written = this.#writer.write(this.#queue).length;
        this.#queue = this.#queue.slice(written);
      }
      this.#queuedBytes = 0;
      return this.#writer.end;
    } catch (error) {
      this.#giveUp(asLogError(error, `writing ${this.#writer.path}`));
      throw this.#failure;
    }
  }

  close(): void {
    this.#giveUp(new LogError('closed', `Partition ${this.#partition} of the log is closed`));
  }

  /** Another owner was made: this one can write no more. */
  fence(): void {
    this.#giveUp(new LogError('fenced', `Partition ${this.#partition} of the log has another owner`));
  }

  #giveUp(error: LogError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#queue = [];
    this.#writer.close();
  }

  #check(batchBytes: number): void {
    if (this.#failure !== undefined) throw this.#failure;
    const { maxRecordBytes, maxQueuedBytes } = this.#limits;
    if (batchBytes > maxRecordBytes) {
      throw new LogError(
        'too-large',
        `A batch of ${batchBytes} bytes; at most ${maxRecordBytes} are allowed`,
      );
    }
    if (this.#queue.length > 0 && this.#queuedBytes + batchBytes > maxQueuedBytes) {
      throw new LogError(
        'full',
        `${this.#queuedBytes} bytes wait for the disk; at most ${maxQueuedBytes} may`,
      );
    }
  }
}
