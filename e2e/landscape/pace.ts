/**
 * All waiting of a service goes through here, so that it can be shortened by a factor or cut off altogether.
 */
export class Pace {
  readonly #speed: number;
  readonly #waiting = new Set<() => void>();
  #hurried = false;

  constructor(speed: number) {
    this.#speed = speed;
  }

  get hurried(): boolean {
    return this.#hurried;
  }

  /** Resolves after `durationMs` divided by the speed, or at once when hurried. */
  async wait(durationMs: number): Promise<void> {
    await this.waitExactly(durationMs / this.#speed);
  }

  /** Like `wait`, but the speed does not shorten it. */
  async waitExactly(durationMs: number): Promise<void> {
    if (this.#hurried) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, durationMs);
      this.#waiting.add(done);
    });
  }

  /** Ends all present waits; later ones do not wait. */
  hurry(): void {
    this.#hurried = true;
    for (const done of [...this.#waiting]) done();
  }
}

/** Counts what is being worked on, so that the launcher can tell when nothing is left to do. */
export class Activity {
  #active = 0;
  #begun = 0;

  get active(): number {
    return this.#active;
  }

  get begun(): number {
    return this.#begun;
  }

  /** Counts from the call on, not from the first time that the work gets a turn. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#active += 1;
    this.#begun += 1;
    try {
      return await work();
    } finally {
      this.#active -= 1;
    }
  }
}
