import type { Clock, Scheduler } from '../stream/ports.ts';

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** Node's event loop. Its timers do not keep the process alive. */
export const eventLoop: Scheduler = {
  soon: (run) => void setImmediate(run),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
