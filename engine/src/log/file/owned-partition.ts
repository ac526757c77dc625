import { asLogError } from '../log-error.ts';
import type { LogPosition, LogReader } from '../partitioned-log.ts';
import { DurableEnd } from './durable-end.ts';
import { type AppenderLimits, FileAppender } from './file-appender.ts';
import { FileOwner } from './file-owner.ts';
import { FileReader } from './file-reader.ts';
import { type LogCut, type RecoveredPartition, recoverPartition } from './recover.ts';
import { listSegments, type PartitionFiles, segmentPath } from './segment.ts';

/** One partition of the owner: its appender, and the readers that close with it. */
export class OwnedPartition {
  readonly durable = new DurableEnd();
  readonly cuts: LogCut[] = [];
  readonly #files: PartitionFiles;
  readonly #limits: AppenderLimits;
  readonly #readers = new Set<LogReader>();
  #appender: FileAppender;
  #owner: FileOwner | undefined;

  /** Recovers the partition. Throws LogError, or the disk's error. */
  constructor(files: PartitionFiles, limits: AppenderLimits) {
    this.#files = files;
    this.#limits = limits;
    this.#appender = this.#newAppender();
  }

  get appender(): FileAppender {
    return this.#appender;
  }

  reader(): LogReader {
    const reader = new FileReader(this.#files, this.durable);
    this.#readers.add(reader);
    return reader;
  }

  /** See `FileLog.reopen`. */
  reopen(): FileAppender {
    this.#endWriters();
    try {
      this.#appender = this.#newAppender();
      return this.#appender;
    } catch (error) {
      throw asLogError(error, `reopening ${this.#files.directory}`);
    }
  }

  /** See `PartitionedLog.owner`. */
  own(): FileOwner {
    this.#endWriters();
    try {
      this.#owner = new FileOwner(this.#files, this.#limits, this.durable, this.#recover());
      return this.#owner;
    } catch (error) {
      throw asLogError(error, `owning ${this.#files.directory}`);
    }
  }

  #endWriters(): void {
    this.#appender.abandon();
    this.#owner?.fence();
    this.#owner = undefined;
  }

  #newAppender(): FileAppender {
    return new FileAppender(this.#files, this.#limits, this.durable, this.#recover());
  }

  #recover(): RecoveredPartition {
    const recovered = recoverPartition(this.#files, this.durable.end);
    if (recovered.cut !== undefined) this.cuts.push(recovered.cut);
    this.durable.publish(recovered);
    return recovered;
  }

  segments(): readonly LogPosition[] {
    return listSegments(this.#files) as LogPosition[];
  }

  /** See `PartitionedLog.truncateBefore`. */
  truncateBefore(position: LogPosition): void {
    const { disk, directory } = this.#files;
    try {
      const bases = listSegments(this.#files);
      // A segment ends where the next begins. Oldest first, each made durable: a crash must not leave a gap.
      for (const [index, next] of bases.slice(1).entries()) {
        if (next > position) break;
        this.durable.publish({ start: next });
        disk.remove(segmentPath(directory, bases[index] ?? next));
        disk.syncDirectory(directory);
      }
    } catch (error) {
      throw asLogError(error, `deleting old segments of ${directory}`);
    }
  }

  async close(): Promise<void> {
    await this.#appender.close();
    this.#owner?.close();
    for (const reader of this.#readers) reader.close();
  }
}
