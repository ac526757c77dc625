import { LogError } from '../log/index.ts';
import type { Clock, Scheduler } from '../stream/ports.ts';

/** How partitions whose disk or thread has failed are opened again by themselves. */
export type ReopenSettings = {
  /** Before the first attempt; doubled with each further one up to the last. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** In a row; after them somebody has to reopen it. */
  readonly attemptsMax: number;
};

export const DEFAULT_REOPEN: ReopenSettings = { firstMs: 500, lastMs: 60_000, attemptsMax: 20 };

/** Why a partition is not open. */
export type PartitionFailure = {
  readonly reason: string;
  /** To open it again, in a row. */
  readonly attempts: number;
  /** Until the next one; undefined: there is none, somebody has to reopen it. */
  readonly retryAfterMs: number | undefined;
};

type Failed = {
  reason: string;
  attempts: number;
  isOpen: boolean;
  sinceMs: number;
  next: { readonly atMs: number; readonly cancel: () => void } | undefined;
};

/**
 * Opens failed partitions again after a while, ever later while that does not last, and so often at most. What only a
 * person can decide, such as a log that is damaged, is left to one.
 */
export class Reopening {
  readonly #settings: ReopenSettings | false;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #failed = new Map<number, Failed>();
  #open: ((partitionId: number) => Promise<void>) | undefined;
  #isClosed = false;

  constructor(settings: ReopenSettings | false, clock: Clock, scheduler: Scheduler) {
    this.#settings = settings;
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  /** `open` throws or rejects when it still fails. */
  start(open: (partitionId: number) => void | Promise<void>): void {
    this.#open = async (partitionId) => open(partitionId);
    for (const [partitionId, failed] of this.#failed) this.#plan(partitionId, failed);
  }

  close(): void {
    this.#isClosed = true;
    for (const failed of this.#failed.values()) forget(failed);
  }

  /** A partition has failed and is not open any more. */
  note(partitionId: number, error: LogError): void {
    if (this.#isClosed) return;
    const before = this.#failed.get(partitionId);
    const hasLasted = before?.isOpen === true && this.#clock.now() - before.sinceMs >= this.#lastingMs;
    const attempts = before === undefined || hasLasted ? 0 : before.attempts;
    const failed = {
      reason: error.message,
      attempts,
      isOpen: false,
      sinceMs: this.#clock.now(),
      next: undefined,
    };
    if (before !== undefined) forget(before);
    this.#failed.set(partitionId, failed);
    if (isPassing(error)) this.#plan(partitionId, failed);
  }

  /** Undefined while it is open. */
  failure(partitionId: number): PartitionFailure | undefined {
    const failed = this.#failed.get(partitionId);
    if (failed === undefined || failed.isOpen) return undefined;
    const { reason, attempts, next } = failed;
    const retryAfterMs = next === undefined ? undefined : Math.max(0, next.atMs - this.#clock.now());
    return { reason, attempts, retryAfterMs };
  }

  /** By hand, now; attempts count anew. Rejects when it still fails. */
  async reopen(partitionId: number): Promise<void> {
    const failed = this.#failed.get(partitionId);
    if (failed !== undefined && !failed.isOpen) {
      forget(failed);
      failed.attempts = 0;
    }
    await this.#attempt(partitionId, failed);
  }

  async #attempt(partitionId: number, failed: Failed | undefined): Promise<void> {
    try {
      await this.#open?.(partitionId);
    } catch (error) {
      // Unless it was opened and has failed again meanwhile.
      if (failed !== undefined && this.#failed.get(partitionId) === failed) {
        failed.reason = error instanceof Error ? error.message : String(error);
        if (isPassing(error)) this.#plan(partitionId, failed);
      }
      throw error;
    }
    if (failed === undefined || this.#failed.get(partitionId) !== failed) return;
    failed.isOpen = true;
    failed.sinceMs = this.#clock.now();
  }

  #plan(partitionId: number, failed: Failed): void {
    const settings = this.#settings;
    if (settings === false || this.#open === undefined || this.#isClosed) return;
    if (failed.attempts >= settings.attemptsMax) return;
    const delayMs = Math.min(settings.lastMs, settings.firstMs * 2 ** failed.attempts);
    const cancel = this.#scheduler.after(delayMs, () => {
      failed.next = undefined;
      failed.attempts += 1;
      this.#attempt(partitionId, failed).catch(() => {}); // noted, and the next is planned
    });
    failed.next = { atMs: this.#clock.now() + delayMs, cancel };
  }

  /** So long it has to stay open to be well again. */
  get #lastingMs(): number {
    return this.#settings === false ? 0 : this.#settings.lastMs;
  }
}

function forget(failed: Failed): void {
  failed.next?.cancel();
  failed.next = undefined;
}

/** What may pass by itself. A thread that has ended is told as `failed`, too. */
function isPassing(error: unknown): boolean {
  return error instanceof LogError && (error.code === 'failed' || error.code === 'full');
}
