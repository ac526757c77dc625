import type { Clock, Scheduler } from '../src/stream/ports.ts';
import type { Random } from './random.ts';

const START_MS = 1_700_000_000_000;

/**
 * Time that passes only when told. The clock on the wall can be set; what was to run after a while runs after it all the
 * same. What is to run soon runs in an order of chance.
 */
export class SimulatedTime {
  readonly #random: Random;
  #passedMs = 0;
  #setMs = 0;
  #soon: (() => void)[] = [];
  readonly #alarms = new Set<{ readonly atMs: number; readonly run: () => void }>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** How much time has passed since the begin, whatever the clock says. */
  get passedMs(): number {
    return this.#passedMs;
  }

  get isIdle(): boolean {
    return this.#soon.length === 0;
  }

  /** Sets the clock, as an administrator or a bad time server might. */
  jump(ms: number): void {
    this.#setMs += ms;
  }

  /** Lets one of what is to run soon run. */
  runOne(): void {
    const index = this.#random.between(0, this.#soon.length - 1);
    const [run] = this.#soon.splice(index, 1);
    run?.();
  }

  /** Lets time pass until the next alarm, at most until `untilMs`; whether there was one, which has then rung. */
  ringNext(untilMs: number): boolean {
    let next: { readonly atMs: number; readonly run: () => void } | undefined;
    for (const alarm of this.#alarms) if (next === undefined || alarm.atMs < next.atMs) next = alarm;
    if (next === undefined || next.atMs > untilMs) {
      this.#passedMs = Math.max(this.#passedMs, untilMs);
      return false;
    }
    this.#passedMs = Math.max(this.#passedMs, next.atMs);
    this.#alarms.delete(next);
    next.run();
    return true;
  }

  /** Time and execution of one process: when it has ended nothing of it runs any more. */
  newLife(): { readonly ports: Clock & Scheduler; readonly end: () => void } {
    let isOver = false;
    const whileAlive = (run: () => void) => () => {
      if (!isOver) run();
    };
    return {
      ports: {
        now: () => START_MS + this.#passedMs + this.#setMs,
        soon: (run) => void this.#soon.push(whileAlive(run)),
        after: (delayMs, run) => {
          const alarm = { atMs: this.#passedMs + delayMs, run: whileAlive(run) };
          if (!isOver) this.#alarms.add(alarm);
          return () => void this.#alarms.delete(alarm);
        },
      },
      end: () => {
        isOver = true;
        this.#soon = [];
        this.#alarms.clear();
      },
    };
  }
}
