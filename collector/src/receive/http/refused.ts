/** A request that is answered with an error of the protocol, and with nothing else done. */
export class Refused extends Error {
  /** Of HTTP; other protocols derive their code from it. */
  readonly status: number;
  /** Short and countable. */
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    reason: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }
}

export const RETRY_AFTER_S = 1;
const RETRY = { 'Retry-After': String(RETRY_AFTER_S) };

export function malformed(reason: string, message: string): Refused {
  return new Refused(400, reason, message);
}

export function wrongMethod(method: string, use = 'POST'): Refused {
  return new Refused(405, 'method', `${method} is not allowed here: use ${use}`, { Allow: use });
}

/** @param use what is supported, separated by commas. */
export function unsupported(header: string, value: string, use: string): Refused {
  const headers = header === 'Content-Encoding' ? { 'Accept-Encoding': use } : {};
  const message = `${header} '${value}' is not supported: use ${use.replace(/, ([^,]*)$/, ' or $1')}`;
  return new Refused(415, header.toLowerCase(), message, headers);
}

export function tooLarge(maxBodyBytes: number): Refused {
  const message = `the body is larger than ${maxBodyBytes} bytes after decompression: send smaller batches`;
  return new Refused(413, 'too-large', message);
}

export function busy(why: string): Refused {
  return new Refused(429, 'busy', `${why}: try again in ${RETRY_AFTER_S} s`, RETRY);
}

/** The answer for whatever went wrong; `append` rejects with a `code`. */
export function refusedOf(error: unknown): Refused {
  if (error instanceof Refused) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'full') return busy('the intake queue is full');
  if (code === 'too-large') return new Refused(413, 'too-large', message);
  return new Refused(503, 'unavailable', `not accepted: ${message}`, RETRY);
}
