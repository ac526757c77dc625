import type { Request, Response } from 'express';
import type { LiveMessage } from './schema.ts';

const HEARTBEAT_MS = 15_000;
const MIN_INTERVAL_MS = 1_000;

/**
 * Server-sent events to whoever listens (`text/event-stream`, WHATWG HTML section 9.2). Counts are computed only while somebody
 * listens and at most once a second, however often something changes.
 */
export class LiveStream {
  readonly #listeners = new Set<Response>();
  readonly #counts: (flows: string[]) => Promise<LiveMessage>;
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout;

  /** @param counts answers the counts message of now, for the flows that changed. */
  constructor(counts: (flows: string[]) => Promise<LiveMessage>) {
    this.#counts = counts;
    this.#heartbeat = setInterval(() => this.#write(': still here\n\n'), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  readonly handle = (request: Request, response: Response): void => {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      Connection: 'keep-alive',
      'X-Accel-Buffering': 'no',
    });
    response.write('retry: 2000\n\n');
    this.#listeners.add(response);
    request.on('close', () => this.#listeners.delete(response));
    this.changed([]);
  };

  /** Something in these flows changed. */
  changed(flows: readonly string[]): void {
    for (const flow of flows) this.#changed.add(flow);
    if (this.#timer !== undefined || this.#listeners.size === 0) return;
    this.#timer = setTimeout(() => void this.#sendCounts(), MIN_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Whether anybody listens: without, nothing need be computed for a message. */
  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  send(message: LiveMessage): void {
    this.#write(`event: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`);
  }

  async #sendCounts(): Promise<void> {
    const flows = [...this.#changed];
    this.#changed.clear();
    try {
      this.send(await this.#counts(flows));
    } catch {
      // The store is away for the moment: the next change tries again, and /readyz says why.
      for (const flow of flows) this.#changed.add(flow);
    }
    this.#timer = undefined;
  }

  /** A listener that does not keep up is let go; it reconnects by itself. */
  #write(text: string): void {
    for (const response of this.#listeners) {
      if (response.writableLength > 1024 * 1024) response.destroy();
      else response.write(text);
    }
  }

  close(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#timer);
    for (const response of this.#listeners) response.end();
    this.#listeners.clear();
  }
}
