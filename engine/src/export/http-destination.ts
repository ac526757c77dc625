import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Scheduler } from '../stream/ports.ts';
import { type ExporterContext, ExporterError } from './exporter.ts';

const compress = promisify(gzip);

export type HttpOptions = {
  /** Of the server; the exporter's own path is added to it. */
  readonly url: string;
  /** Sent with each request, for instance `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default false. */
  readonly gzip?: boolean;
  /** Of one request. Default 30 s. */
  readonly timeoutMs?: number;
};

export type HttpAnswer = { readonly status: number; readonly text: string };

/** Characters of an answer that an error repeats. */
const QUOTED_MAX = 300;

/** Sends requests to one server, each with a time limit. */
export class HttpDestination {
  readonly #options: HttpOptions;
  readonly #scheduler: Scheduler;
  readonly #signal: AbortSignal;

  constructor(options: HttpOptions, { scheduler, signal }: Pick<ExporterContext, 'scheduler' | 'signal'>) {
    this.#options = options;
    this.#scheduler = scheduler;
    this.#signal = signal;
  }

  /** The answer, whatever it says but to come later. Rejects with ExporterError for that, and when there is none. */
  async get(path: string): Promise<HttpAnswer> {
    return this.#request('GET', path, {}, undefined);
  }

  /** Like `get`. The body is compressed when the options say so. */
  async send(
    method: 'POST' | 'PUT',
    path: string,
    contentType: string,
    body: Uint8Array<ArrayBuffer>,
  ): Promise<HttpAnswer> {
    const headers = { 'content-type': contentType };
    if (this.#options.gzip !== true) return this.#request(method, path, headers, body);
    const compressed = await compress(body);
    return this.#request(method, path, { ...headers, 'content-encoding': 'gzip' }, compressed);
  }

  async #request(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array<ArrayBuffer> | undefined,
  ): Promise<HttpAnswer> {
    const what = `${method} ${this.#options.url.replace(/\/+$/, '')}${path}`;
    const { answer, retryAfter } = await this.#withinTime(what, async (signal) => {
      const response = await fetch(what.slice(method.length + 1), {
        method,
        headers: { ...this.#options.headers, ...headers },
        signal,
        ...(body === undefined ? {} : { body }),
      });
      const answer = { status: response.status, text: await response.text() };
      return { answer, retryAfter: response.headers.get('retry-after') };
    });
    if (answer.status === 429 || answer.status >= 500) throw refusal(what, answer, retryAfterMs(retryAfter));
    return answer;
  }

  async #withinTime<T>(what: string, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { timeoutMs = 30_000 } = this.#options;
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    const cancel = this.#scheduler.after(timeoutMs, stop);
    this.#signal.addEventListener('abort', stop);
    if (this.#signal.aborted) stop();
    try {
      return await send(abort.signal);
    } catch (error) {
      const why = abort.signal.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error);
      throw new ExporterError(`${what}: ${why}`);
    } finally {
      cancel();
      this.#signal.removeEventListener('abort', stop);
    }
  }
}

/** An answer that can't be gone on with. */
export function refusal(what: string, { status, text }: HttpAnswer, afterMs?: number): ExporterError {
  return new ExporterError(`${what}: answered ${status} ${text.slice(0, QUOTED_MAX)}`.trim(), afterMs);
}

/** Seconds only: a date would need the server's clock. */
function retryAfterMs(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}

/** What fetch hides in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message;
}
