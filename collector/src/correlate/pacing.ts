/**
 * When a large instance is assembled again: after a pause in proportion to its size, so that one that grows without end costs a fixed
 * share of the time. Small ones never wait.
 */
export type PacingLimits = {
  /** An instance of at least this many events … */
  readonly largeEvents: number;
  /** … waits this long for each of them. */
  readonly pauseMsPerEvent: number;
};

export const DEFAULT_PACING: PacingLimits = { largeEvents: 2000, pauseMsPerEvent: 0.1 };

export class Pacing {
  readonly #limits: PacingLimits;
  /** Large instance → when it may be assembled again. */
  readonly #pausedUntilMs = new Map<number, number>();

  constructor(limits: PacingLimits) {
    this.#limits = limits;
  }

  isPaused(no: number, nowMs: number): boolean {
    return nowMs < (this.#pausedUntilMs.get(no) ?? 0);
  }

  assembled(no: number, events: number, nowMs: number): void {
    if (events < this.#limits.largeEvents || nowMs === Number.POSITIVE_INFINITY) this.forget(no);
    else this.#pausedUntilMs.set(no, nowMs + events * this.#limits.pauseMsPerEvent);
  }

  forget(no: number): void {
    this.#pausedUntilMs.delete(no);
  }
}
