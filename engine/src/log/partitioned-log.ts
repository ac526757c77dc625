import { LogError } from './log-error.ts';

/**
 * Opaque to callers: increasing, not dense, known on read. A safe integer, so that it can be stored as a
 * number.
 */
export type LogPosition = number & { readonly __brand: 'LogPosition' };

/** Before the first record of any log. */
export const LOG_START: LogPosition = 0 as LogPosition;

/**
 * Takes back a position that was stored as a plain number. Throws LogError `invalid` for what can't be one.
 */
export function logPosition(value: number): LogPosition {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new LogError('invalid', `A log position is a safe integer from 0 on, not ${value}`);
  }
  return value as LogPosition;
}

/**
 * One durable record. `payload` is a view into the buffer of the whole read: it stays valid and is never
 * written again, but keeping one keeps them all in memory, and its `ArrayBuffer` is shared with its
 * neighbours: copy it before transferring it to another thread.
 */
export type LogRecord = {
  readonly position: LogPosition;
  /** Where to read on: pass it to `read`, or store it as "everything before is done". */
  readonly next: LogPosition;
  readonly payload: Uint8Array;
};

/** Adds records to one partition. Of one partition there is one appender, with any number of callers. */
export interface LogAppender {
  /**
   * Resolves with the record's position when it is durable (fsynced); all appends of one turn of the event
   * loop share one fsync. Records get their positions in the order of the calls.
   *
   * The payload is not copied: it MUST NOT be changed or transferred before the promise settles. Rejects with
   * LogError `full`, `too-large`, `failed` or `closed`. After `failed` the record may or may not be in the
   * log when it is reopened; after the others it is not.
   */
  append(payload: Uint8Array): Promise<LogPosition>;
  /** End of what is durable, exclusive: the position of the next record to become durable. */
  readonly durableEnd: LogPosition;
  /** The error that closed this partition. All appends reject with it until the partition is reopened. */
  readonly failure: LogError | undefined;
  /** Makes what is queued durable, then closes. Later appends reject with `closed`. Never rejects. */
  close(): Promise<void>;
}

/**
 * The fenced single writer of one partition: as soon as there is another, this one writes no more. It decides itself
 * when to wait for the disk, so that what it writes can be worked with before it is durable and one fsync serves many
 * batches.
 */
export interface LogOwner {
  /**
   * Takes the batch into the queue and returns its position at once. After a crash it is there wholly or not at all,
   * and never without those before it. MUST NOT be changed before it is flushed. Throws LogError `too-large` or `full`,
   * and then takes nothing; `failed`, `closed` or `fenced`.
   */
  append(batch: Uint8Array): LogPosition;
  /**
   * Makes durable what is queued; blocks the thread meanwhile. Returns the new durable end. Throws LogError `failed`:
   * what was queued may or may not be in the log then, and the partition must be owned anew; `closed` or `fenced`.
   */
  flush(): LogPosition;
  /** Where the next batch will be. */
  readonly end: LogPosition;
  readonly durableEnd: LogPosition;
  /** The error that ended this owner. */
  readonly failure: LogError | undefined;
  /** Drops what is queued, then closes. */
  close(): void;
}

/** Reads one partition. Any number of readers; each belongs to one thread. */
export interface LogReader {
  /**
   * Durable records from `from` on, of at most about `maxBytes` of payload (at least one record when there is
   * one; fewer at the end of a segment); [] when there is none yet. Every record's checksum is checked. Reads
   * the disk synchronously. Throws LogError: `truncated` when `from` is before the first kept record, `ahead`
   * when it is after the end of the log, `corrupt` naming segment and offset when a record is damaged or none
   * starts at `from`; `failed`; `closed`.
   */
  read(from: LogPosition, maxBytes: number): readonly LogRecord[];
  /**
   * Resolves true when something durable is at or after `from`, false when the signal aborts or the reader is
   * closed. While it waits the thread stays alive; afterwards it holds nothing. Rejects with `ahead` like
   * `read`.
   */
  waitFor(from: LogPosition, signal: AbortSignal): Promise<boolean>;
  /** Position of the first kept record. */
  readonly start: LogPosition;
  /** End of what is durable, exclusive. */
  readonly end: LogPosition;
  close(): void;
}

/** A log of independent partitions, each a sequence of records in the order of their appends. */
export interface PartitionedLog {
  readonly partitions: number;
  /** The partition's one appender: the same object at every call, until the partition is reopened. */
  appender(partition: number): LogAppender;
  /**
   * A new owner of the partition; it ends the former one (`fenced`) and the appender (`closed`, with what it had
   * queued). Recovers the partition, so this is also the way back after `failed`. Throws LogError when the disk still
   * fails: the partition then stays closed, try again later.
   */
  owner(partition: number): LogOwner;
  /** A new reader. It is closed with the log. */
  reader(partition: number): LogReader;
  /**
   * Deletes whole segments that lie entirely before the position; never the newest one. Readers that stand in
   * a deleted segment get `truncated` from their next read on.
   */
  truncateBefore(partition: number, position: LogPosition): void;
  /** Makes durable what is queued, closes appenders and readers and lets go of the directory. */
  close(): Promise<void>;
}
