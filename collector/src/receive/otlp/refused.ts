import { RPC_CODE } from './answer.ts';

/** A request that is answered with an error of the protocol, and with nothing else done. */
export class Refused extends Error {
  readonly status: number;
  readonly rpcCode: number;
  /** Short and countable. */
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    rpcCode: number,
    reason: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.rpcCode = rpcCode;
    this.reason = reason;
    this.headers = headers;
  }
}

const RETRY_AFTER_S = 1;
const RETRY = { 'Retry-After': String(RETRY_AFTER_S) };

export function malformed(reason: string, message: string): Refused {
  return new Refused(400, RPC_CODE.invalidArgument, reason, message);
}

export function wrongMethod(method: string): Refused {
  const message = `${method} is not allowed here: use POST`;
  return new Refused(405, RPC_CODE.unimplemented, 'method', message, { Allow: 'POST' });
}

export function unsupported(header: string, value: string, use: string): Refused {
  const headers = header === 'Content-Encoding' ? { 'Accept-Encoding': 'gzip' } : {};
  const message = `${header} '${value}' is not supported: use ${use}`;
  return new Refused(415, RPC_CODE.invalidArgument, header.toLowerCase(), message, headers);
}

export function tooLarge(maxBodyBytes: number): Refused {
  const message = `the body is larger than ${maxBodyBytes} bytes after decompression: send smaller batches`;
  return new Refused(413, RPC_CODE.invalidArgument, 'too-large', message);
}

export function busy(why: string): Refused {
  const message = `${why}: try again in ${RETRY_AFTER_S} s`;
  return new Refused(429, RPC_CODE.resourceExhausted, 'busy', message, RETRY);
}

/** The answer for whatever went wrong; `append` rejects with a `code`. */
export function refusedOf(error: unknown): Refused {
  if (error instanceof Refused) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'full') return busy('the intake queue is full');
  if (code === 'too-large') return new Refused(413, RPC_CODE.invalidArgument, 'too-large', message);
  return new Refused(503, RPC_CODE.unavailable, 'unavailable', `not accepted: ${message}`, RETRY);
}
