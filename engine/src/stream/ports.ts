/** The time. In epoch milliseconds; may jump in either direction. */
export interface Clock {
  now(): number;
}

/** When code runs. The real one is the event loop; the simulator's decides by its seed. */
export interface Scheduler {
  /** Runs once, soon, never before the caller is done. */
  soon(run: () => void): void;
  /** Runs once when so much time has passed; returns how to call it off. */
  after(delayMs: number, run: () => void): () => void;
}
