import { EngineError, type EngineErrorCode } from '../gateway/engine-error.ts';

export type HttpTarget = {
  /** Without the gateway's own path. */
  readonly url: string;
  readonly headers: () => Readonly<Record<string, string>>;
};

type Problem = { readonly code?: string; readonly detail?: string; readonly retryAfterMs?: number };

const CODES: Readonly<Record<EngineErrorCode, true>> = {
  INVALID_ARGUMENT: true,
  NOT_FOUND: true,
  ALREADY_EXISTS: true,
  INVALID_STATE: true,
  TOO_LARGE: true,
  RESOURCE_EXHAUSTED: true,
  PROCESSING_ERROR: true,
  TERMINATED: true,
  TIMEOUT: true,
  UNAVAILABLE: true,
};

/** The answer's body; undefined for none. Rejects with EngineError, `UNAVAILABLE` when there was no answer. */
export async function callEngine(
  target: HttpTarget,
  method: string,
  path: string,
  body?: object,
  signal?: AbortSignal,
): Promise<unknown> {
  const headers = {
    ...target.headers(),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  try {
    const response = await fetch(`${target.url}/engine/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: jsonOf(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    if (response.ok) return text === '' ? undefined : JSON.parse(text);
    throw errorOf(response.status, text);
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw new EngineError('UNAVAILABLE', `Expected an answer of ${target.url}, but ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function jsonOf(body: object): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    throw new EngineError(
      'INVALID_ARGUMENT',
      `Expected variables that JSON can hold, but ${reasonOf(error)}`,
    );
  }
}

function errorOf(status: number, text: string): EngineError {
  const { code = '', detail, retryAfterMs } = problemIn(text);
  const known = Object.hasOwn(CODES, code) ? (code as EngineErrorCode) : undefined;
  const message = detail ?? `Expected the request to be done, but it was answered with status ${status}`;
  return new EngineError(
    known ?? (status >= 500 ? 'UNAVAILABLE' : 'INVALID_ARGUMENT'),
    message,
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );
}

/** Empty for what something between client and gateway has answered. */
function problemIn(text: string): Problem {
  try {
    return (JSON.parse(text) as Problem | null) ?? {};
  } catch {
    return {};
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
