import type { Scheduler } from '../stream/ports.ts';

/** A scheduler that holds back what is to run soon while too many bytes are on their way to another thread. */
export class BackPressure implements Scheduler {
  readonly #scheduler: Scheduler;
  readonly #bytesMax: number;
  #bytes = 0;
  #held: (() => void)[] = [];

  constructor(scheduler: Scheduler, bytesMax: number) {
    this.#scheduler = scheduler;
    this.#bytesMax = bytesMax;
  }

  soon(run: () => void): void {
    if (this.#bytes > this.#bytesMax) this.#held.push(run);
    else this.#scheduler.soon(run);
  }

  after(delayMs: number, run: () => void): () => void {
    return this.#scheduler.after(delayMs, run);
  }

  sent(bytes: number): void {
    this.#bytes += bytes;
  }

  taken(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes > this.#bytesMax) return;
    const held = this.#held;
    this.#held = [];
    for (const run of held) this.#scheduler.soon(run);
  }
}
