import { asLogError, LogError } from '../log-error.ts';
import type { LogAppender, LogOwner, LogPosition, LogReader, PartitionedLog } from '../partitioned-log.ts';
import type { Disk } from './disk.ts';
import { DurableEnd } from './durable-end.ts';
import type { AppenderLimits } from './file-appender.ts';
import { FileReader } from './file-reader.ts';
import { ownLogDirectory, partitionDirectory } from './log-directory.ts';
import { nodeDisk } from './node-disk.ts';
import { OwnedPartition } from './owned-partition.ts';
import type { LogCut } from './recover.ts';

const MEBIBYTE = 2 ** 20;
const BYTES_MAX = 2 ** 30;
const PARTITIONS_MAX = 1024;

export type FileLogOptions = {
  /** Created when it is not there. One owner at a time. */
  readonly directory: string;
  /** From 1 on. May grow from one opening to the next, not shrink. */
  readonly partitions: number;
  /** Only these are opened, from 0 on; the others can't be used. Default: all. */
  readonly only?: readonly number[];
  /** Who asks owns the directory already, by `ownLogDirectory`; called when the log is closed or fails to open. */
  readonly release?: () => void;
  /** A segment takes no further record that would make it longer. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Default 64 MiB. */
  readonly maxRecordBytes?: number;
  /**
   * Bound of the payloads that wait for the disk, a partition; over it appends are refused. Default 128 MiB.
   */
  readonly maxQueuedBytes?: number;
  readonly disk?: Disk;
};

/** The log as segment files, one directory a partition. */
export interface FileLog extends PartitionedLog {
  /** Torn tails that opening and reopening have cut off. Worth a line in the program's own log. */
  readonly recovered: readonly LogCut[];
  /** What `openFileLogReader` in another thread needs to follow the partition. */
  durable(partition: number): SharedArrayBuffer;
  /** Where the segments of the partition begin that there are, the oldest first. */
  segments(partition: number): readonly LogPosition[];
  /**
   * Opens a partition again after a failure; its appender and those of its appends that wait are given up.
   * Readers go on. Throws LogError when the disk still fails: the partition then stays closed, try again
   * later.
   */
  reopen(partition: number): LogAppender;
}

/**
 * Opens or creates the log; checks all segment headers and lengths and every record of the newest segment.
 * Throws LogError `locked`, `corrupt`, `version`, `invalid` or `failed`; nothing stays open then.
 */
export function openFileLog(options: FileLogOptions): FileLog {
  const { directory, partitions, disk = nodeDisk } = options;
  const limits: AppenderLimits = {
    segmentBytes: checkRange('segmentBytes', options.segmentBytes ?? 64 * MEBIBYTE, BYTES_MAX),
    maxRecordBytes: checkRange('maxRecordBytes', options.maxRecordBytes ?? 64 * MEBIBYTE, BYTES_MAX),
    maxQueuedBytes: checkRange('maxQueuedBytes', options.maxQueuedBytes ?? 128 * MEBIBYTE, BYTES_MAX),
  };
  checkRange('partitions', partitions, PARTITIONS_MAX);
  const release =
    options.release ?? ownLogDirectory(disk, directory, { kind: 'growing', partitions }).release;
  const opened = new Map<number, OwnedPartition>();
  try {
    for (const partition of options.only ?? Array.from({ length: partitions }, (_, index) => index)) {
      const files = {
        disk,
        directory: partitionDirectory(directory, partition),
        partition,
      };
      opened.set(partition, new OwnedPartition(files, limits));
    }
    return new SegmentedLog(partitions, opened, release);
  } catch (error) {
    for (const partition of opened.values()) void partition.close();
    release();
    throw asLogError(error, `opening ${directory}`);
  }
}

/**
 * A reader for another thread of the owner's process: reads what the owner's thread has made durable.
 * `durable` is the owner's `FileLog.durable(partition)`, posted to this thread. Not closed with the log.
 */
export function openFileLogReader(options: {
  readonly directory: string;
  readonly partition: number;
  readonly durable: SharedArrayBuffer;
  readonly disk?: Disk;
}): LogReader {
  const { directory, partition, durable, disk = nodeDisk } = options;
  const files = {
    disk,
    directory: partitionDirectory(directory, partition),
    partition,
  };
  return new FileReader(files, new DurableEnd(durable));
}

class SegmentedLog implements FileLog {
  readonly partitions: number;
  readonly #owned: ReadonlyMap<number, OwnedPartition>;
  readonly #release: () => void;
  #closed: Promise<void> | undefined;

  constructor(partitions: number, owned: ReadonlyMap<number, OwnedPartition>, release: () => void) {
    this.partitions = partitions;
    this.#owned = owned;
    this.#release = release;
  }

  get recovered(): readonly LogCut[] {
    return [...this.#owned.values()].flatMap(({ cuts }) => cuts);
  }

  appender(partition: number): LogAppender {
    return this.#partition(partition).appender;
  }

  owner(partition: number): LogOwner {
    return this.#partition(partition).own();
  }

  reader(partition: number): LogReader {
    return this.#partition(partition).reader();
  }

  durable(partition: number): SharedArrayBuffer {
    return this.#partition(partition).durable.shared;
  }

  truncateBefore(partition: number, position: LogPosition): void {
    this.#partition(partition).truncateBefore(position);
  }

  segments(partition: number): readonly LogPosition[] {
    return this.#partition(partition).segments();
  }

  reopen(partition: number): LogAppender {
    return this.#partition(partition).reopen();
  }

  close(): Promise<void> {
    this.#closed ??= Promise.all([...this.#owned.values()].map((partition) => partition.close())).then(
      this.#release,
    );
    return this.#closed;
  }

  #partition(partition: number): OwnedPartition {
    if (this.#closed !== undefined) throw new LogError('closed', 'The log is closed');
    const owned = this.#owned.get(partition);
    if (owned === undefined) {
      throw new LogError(
        'invalid',
        `There is no partition ${partition}; the log has 0 to ${this.partitions - 1}`,
      );
    }
    return owned;
  }
}

function checkRange(name: string, value: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return value;
  throw new LogError('invalid', `${name} is an integer from 1 to ${max}, not ${value}`);
}
