/**
 * What went wrong, and with it what the caller can do:
 * - `full`: the queue of unwritten appends is at its bound. Try again soon.
 * - `failed`: the disk refused a write or an fsync. The partition stays closed until it is reopened.
 * - `closed`: used after `close()`.
 * - `fenced`: another owner of the partition was made since. Stop.
 * - `too-large`: the payload is over `maxRecordBytes`. Never try again.
 * - `truncated`: the position is before the first kept record. Go on from `reader.start`.
 * - `ahead`: the position is after the end: it was handed out by another log, or this one was replaced.
 * - `corrupt`: what was durable can no longer be read. A person has to decide; `place` says where.
 * - `version`: written by a newer version of this software.
 * - `locked`: another process or thread owns the directory.
 * - `invalid`: an argument is out of range.
 */
export type LogErrorCode =
  | 'full'
  | 'failed'
  | 'closed'
  | 'fenced'
  | 'too-large'
  | 'truncated'
  | 'ahead'
  | 'corrupt'
  | 'version'
  | 'locked'
  | 'invalid';

/** Where in the files: the segment's path, and the byte offset from the file's start. */
export type LogPlace = { readonly segment: string; readonly offset: number };

/** The only error that the log throws or rejects with. The disk's own error is its `cause`. */
export class LogError extends Error {
  override readonly name = 'LogError';
  readonly code: LogErrorCode;
  readonly place: LogPlace | undefined;

  constructor(code: LogErrorCode, message: string, detail: { place?: LogPlace; cause?: unknown } = {}) {
    super(message, 'cause' in detail ? { cause: detail.cause } : {});
    this.code = code;
    this.place = detail.place;
  }
}

/** The error itself if it is the log's, else a `failed` that says what was being done. */
export function asLogError(error: unknown, doing: string): LogError {
  if (error instanceof LogError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new LogError('failed', `The disk failed while ${doing}: ${reason}`, {
    cause: error,
  });
}
