import { EngineError, type EngineErrorCode } from '../engine-error.ts';
import type { Problem } from './schema.ts';

/** With what only the gateway says: how a request was made. */
type Code = EngineErrorCode | 'UNSUPPORTED_MEDIA_TYPE' | 'FORBIDDEN';

const STATUS: Readonly<Record<Code, number>> = {
  INVALID_ARGUMENT: 400,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  INVALID_STATE: 409,
  TERMINATED: 409,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RESOURCE_EXHAUSTED: 429,
  PROCESSING_ERROR: 500,
  UNAVAILABLE: 503,
  TIMEOUT: 504,
};

/** When to ask again for a partition that will not be opened by itself: somebody has to reopen it first. */
const UNAVAILABLE_RETRY_MS = 1000;

/** A request that is answered with `application/problem+json` (RFC 9457). */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly problem: Problem;

  constructor(
    code: Code,
    detail: string,
    more: { readonly field?: string; readonly retryAfterMs?: number } = {},
  ) {
    super(detail);
    const title = `${code.charAt(0)}${code.slice(1).toLowerCase().replaceAll('_', ' ')}`;
    this.problem = { type: 'about:blank', title, status: STATUS[code], detail, code, ...more };
  }
}

/** Whatever a request failed with. */
export function problemOf(error: unknown): Problem {
  if (error instanceof HttpProblem) return error.problem;
  if (error instanceof EngineError) {
    const retryAfterMs =
      error.retryAfterMs ?? (error.code === 'UNAVAILABLE' ? UNAVAILABLE_RETRY_MS : undefined);
    return new HttpProblem(error.code, error.message, retryAfterMs === undefined ? {} : { retryAfterMs })
      .problem;
  }
  return problemOfReading(error).problem;
}

/** What express says of a body or path that it can't read; all else is a fault, whose details stay inside. */
function problemOfReading(error: unknown): HttpProblem {
  const detail = error instanceof Error ? error.message : String(error);
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  if (status === 413) {
    const limit = error instanceof Error && 'limit' in error ? String(error.limit) : 'the limit';
    return new HttpProblem('TOO_LARGE', `Expected a body of at most ${limit} bytes, but it was larger`);
  }
  if (status === 415)
    return new HttpProblem('UNSUPPORTED_MEDIA_TYPE', `Expected a body in UTF-8, but ${detail}`);
  if (status < 500) return new HttpProblem('INVALID_ARGUMENT', `Expected a body of JSON, but ${detail}`);
  return new HttpProblem('PROCESSING_ERROR', 'Expected to answer, but the gateway had a fault');
}
