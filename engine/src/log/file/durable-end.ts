/**
 * What the thread that owns a partition tells all others: how far it is durable and where it begins.
 * 24 shared bytes: i64 end, i64 start, i32 count of changes (what waiting threads watch), i32 unused.
 */
import type { LogPosition } from '../partitioned-log.ts';

const SHARED_BYTES = 24;
const END = 0;
const START = 1;
const CHANGES = 0;
const KEEP_ALIVE_MS = 2 ** 30;

export class DurableEnd {
  readonly shared: SharedArrayBuffer;
  readonly #positions: BigInt64Array;
  readonly #counters: Int32Array;

  constructor(shared = new SharedArrayBuffer(SHARED_BYTES)) {
    this.shared = shared;
    this.#positions = new BigInt64Array(shared, 0, 2);
    this.#counters = new Int32Array(shared, 16, 2);
  }

  get end(): LogPosition {
    return Number(Atomics.load(this.#positions, END)) as LogPosition;
  }

  get start(): LogPosition {
    return Number(Atomics.load(this.#positions, START)) as LogPosition;
  }

  /** For the owner only. */
  publish(change: { readonly end?: number; readonly start?: number }): void {
    if (change.start !== undefined) Atomics.store(this.#positions, START, BigInt(change.start));
    if (change.end !== undefined) Atomics.store(this.#positions, END, BigInt(change.end));
    Atomics.add(this.#counters, CHANGES, 1);
    Atomics.notify(this.#counters, CHANGES);
  }

  get changes(): number {
    return Atomics.load(this.#counters, CHANGES);
  }

  /** Calls back once when there are other changes than these; at once when there are already. */
  onceChanged(changes: number, callback: () => void): void {
    const waiting = Atomics.waitAsync(this.#counters, CHANGES, changes);
    if (waiting.async) waiting.value.then(callback);
    else queueMicrotask(callback);
  }
}

/**
 * Lets many calls of one thread wait with one registration at the shared memory, which can't be taken back.
 */
export class DurableWatch {
  readonly #durable: DurableEnd;
  readonly #wakers = new Set<() => void>();
  #registered = false;
  #keepAlive: NodeJS.Timeout | undefined;

  constructor(durable: DurableEnd) {
    this.#durable = durable;
  }

  /**
   * Resolves true when the end is after `from`, false when the signal aborts or `wakeAll` finds `isClosed`.
   */
  async endAfter(from: LogPosition, signal: AbortSignal, isClosed: () => boolean): Promise<boolean> {
    for (;;) {
      if (signal.aborted || isClosed()) return false;
      const changes = this.#durable.changes;
      if (this.#durable.end > from) return true;
      await this.#changed(changes, signal);
    }
  }

  wakeAll(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  #changed(changes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wakers.delete(wake);
        signal.removeEventListener('abort', wake);
        if (this.#wakers.size === 0) clearInterval(this.#keepAlive);
        resolve();
      };
      signal.addEventListener('abort', wake);
      // A thread that waits for shared memory only would end: the wait itself does not keep it alive.
      if (this.#wakers.size === 0) this.#keepAlive = setInterval(() => {}, KEEP_ALIVE_MS);
      this.#wakers.add(wake);
      this.#register(changes);
    });
  }

  #register(changes: number): void {
    if (this.#registered) return;
    this.#registered = true;
    this.#durable.onceChanged(changes, () => {
      this.#registered = false;
      this.wakeAll();
    });
  }
}
