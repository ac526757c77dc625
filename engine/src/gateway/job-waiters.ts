/** Who waits for jobs of a type: woken when there may be some. */
export class JobWaiters {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Calls back once, when jobs of the type may be there; returns how to stop waiting. */
  wait(type: string, wake: () => void): () => void {
    const waiting = this.#waiting.get(type) ?? new Set();
    this.#waiting.set(type, waiting);
    waiting.add(wake);
    return () => {
      waiting.delete(wake);
      if (waiting.size === 0 && this.#waiting.get(type) === waiting) this.#waiting.delete(type);
    };
  }

  /** Wakes all who wait for the type: each may find a job in another partition. */
  wake(type: string): void {
    const waiting = this.#waiting.get(type);
    if (waiting === undefined) return;
    this.#waiting.delete(type);
    for (const wake of waiting) wake();
  }

  wakeAll(): void {
    for (const type of [...this.#waiting.keys()]) this.wake(type);
  }
}
