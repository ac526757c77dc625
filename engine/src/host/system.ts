import type { Clock, Scheduler } from '../stream/ports.ts';

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** Node's event loop. An engine that waits for something keeps the process alive until it is closed. */
export const eventLoop: Scheduler = {
  soon: (run) => void setImmediate(run),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Runs when all that happens now, and all that follows from it at once, has happened. */
export function soonest(run: () => void): void {
  queueMicrotask(() => process.nextTick(run));
}
