/**
 * Why a request was not done:
 * - `INVALID_ARGUMENT`, `NOT_FOUND`, `ALREADY_EXISTS`, `INVALID_STATE`: refused; the message says what was expected.
 * - `TOO_LARGE`: what the request would write is over the limit.
 * - `RESOURCE_EXHAUSTED`: the partition has too much to do; nothing was done. Try again after `retryAfterMs`.
 * - `PROCESSING_ERROR`: a fault of the engine; nothing was done but to note it.
 * - `TERMINATED`: the process instance whose result was awaited was canceled.
 * - `TIMEOUT`: over REST only: the result was not there in time; what was asked goes on.
 * - `UNAVAILABLE`: the partition stopped or the engine closed; it may or may not have been done.
 */
export type EngineErrorCode =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'INVALID_STATE'
  | 'TOO_LARGE'
  | 'RESOURCE_EXHAUSTED'
  | 'PROCESSING_ERROR'
  | 'TERMINATED'
  | 'TIMEOUT'
  | 'UNAVAILABLE';

/** The only error that requests reject with. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;
  /** Set with `RESOURCE_EXHAUSTED`, and with `UNAVAILABLE` when the partition will be opened again by itself. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: EngineErrorCode,
    message: string,
    detail: { readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, detail.cause === undefined ? {} : { cause: detail.cause });
    this.code = code;
    this.retryAfterMs = detail.retryAfterMs;
  }
}
