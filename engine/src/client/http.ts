import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { EngineError, type EngineErrorCode } from '../gateway/engine-error.ts';

export type HttpTarget = {
  /** Without the gateway's own path. */
  readonly url: string;
  readonly headers: () => Readonly<Record<string, string>>;
};

/** Of the gateway's problem details (RFC 9457), as far as they are read here. */
export type Problem = {
  readonly status?: number;
  readonly code?: string;
  readonly detail?: string;
  readonly retryAfterMs?: number;
};

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

/**
 * Sends a JSON text, or none. Resolves with the answer's body; undefined for none. Rejects with EngineError,
 * `UNAVAILABLE` when there was no answer.
 */
export async function callEngine(
  target: HttpTarget,
  method: string,
  path: string,
  text?: string,
  signal?: AbortSignal,
): Promise<unknown> {
  try {
    const answer = await send(new URL(`${target.url}/engine/v1${path}`), {
      method,
      headers: {
        ...target.headers(),
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
      },
      text,
      signal,
    });
    if (answer.status >= 200 && answer.status < 300)
      return answer.text === '' ? undefined : JSON.parse(answer.text);
    throw errorOf({ status: answer.status, ...problemIn(answer.text) });
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw new EngineError('UNAVAILABLE', `Expected an answer of ${target.url}, but ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** Connections are kept: opening one costs more than most requests. Idle ones keep no process alive. */
const AGENTS = {
  http: new HttpAgent({ keepAlive: true }),
  https: new HttpsAgent({ keepAlive: true }),
} as const;

type Sending = {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | undefined;
  readonly signal: AbortSignal | undefined;
};

/** Not `fetch`, which in Node 20 costs the client about twice as much a request. */
function send(
  url: URL,
  { method, headers, text, signal }: Sending,
): Promise<{ status: number; text: string }> {
  const isSecure = url.protocol === 'https:';
  const options = {
    method,
    headers,
    agent: isSecure ? AGENTS.https : AGENTS.http,
    ...(signal === undefined ? {} : { signal }),
  };
  return new Promise((resolve, reject) => {
    const request = (isSecure ? httpsRequest : httpRequest)(url, options, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        answer += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: answer }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(text);
  });
}

/** Throws EngineError for what JSON can't hold. */
export function jsonOf(body: object): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    throw new EngineError(
      'INVALID_ARGUMENT',
      `Expected variables that JSON can hold, but ${reasonOf(error)}`,
    );
  }
}

export function errorOf({ status = 0, code = '', detail, retryAfterMs }: Problem): EngineError {
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
