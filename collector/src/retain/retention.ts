import type { ExpiryBounds } from '../event/expiry.ts';
import { type ExpireHead, encodeIntakeRecord } from '../intake/record.ts';
import type { ExpiredPlace, StoreQueries } from '../store/store.ts';
import { boundAt, boundsAt, type RetentionPolicy } from './policy.ts';

export type RetentionParts = {
  readonly policy: RetentionPolicy;
  readonly queries: Pick<StoreQueries, 'expired' | 'deadLettersBefore' | 'usedBytes' | 'counts'>;
  /** To the intake log. @returns the position of the record. */
  append(record: Uint8Array): Promise<number>;
  /** Of dead letters, by the intake log too. */
  discard(ids: readonly string[]): Promise<void>;
  progress(): Promise<{ readonly stored: number; readonly checkpointed: number }>;
  /** Deletes old segments of the intake log. */
  forgetBefore(beforeUs: number, checkpointed: number): Promise<void>;
  readonly nowUs: () => number;
  /** One line for the operator. */
  log(line: string): void;
};

export type RetentionState = { readonly failure: string; readonly storeMaxBytes?: number };

/** Instances in one record of the log. */
const PORTION = 10_000;
const LETTERS = 1_000;
/** Of all instances, at a time, where the store is too large. */
const SIZE_SHARE = 0.05;
const EVER = Number.MAX_SAFE_INTEGER;

/**
 * Finds what is too old and writes it into the intake log, a portion at a time; at that place of the log it is removed. It asks the store,
 * in no hurry, and the next portion waits until the one before is gone.
 */
export class Retention {
  readonly #parts: RetentionParts;
  readonly #portion: number;
  #place: ExpiredPlace | undefined;
  /** Where the removal of the oldest goes on. */
  #sizePlace: ExpiredPlace | undefined;
  /** Instances that are still to go because the store is too large. */
  #surplus = 0;
  /** The store must have come here before it is asked again. */
  #appended = 0;
  #sweeping = false;

  constructor(parts: RetentionParts, portion = PORTION) {
    this.#parts = parts;
    this.#portion = portion;
  }

  /** One step of a sweep. @returns whether there is more to do soon; `false` ends the sweep. */
  async step(): Promise<boolean> {
    const { policy, progress, forgetBefore, nowUs } = this.#parts;
    const { stored, checkpointed } = await progress();
    if (stored <= this.#appended && this.#appended > 0) return true;
    this.#appended = 0;
    if (!this.#sweeping) {
      this.#sweeping = true;
      await forgetBefore(boundAt(policy.logUs, nowUs()), checkpointed);
      await this.#measure();
    }
    if (await this.#discardLetters()) return true;
    if (await this.#expireOld()) return true;
    if (await this.#expireSurplus()) return true;
    this.#sweeping = false;
    return false;
  }

  async #discardLetters(): Promise<boolean> {
    const { policy, queries, discard, nowUs } = this.#parts;
    const before = boundAt(policy.deadLettersUs, nowUs());
    const ids = before === 0 ? [] : await queries.deadLettersBefore(before, LETTERS);
    if (ids.length === 0) return false;
    await discard(ids);
    return ids.length === LETTERS;
  }

  async #expireOld(): Promise<boolean> {
    const bounds = boundsAt(this.#parts.policy, this.#parts.nowUs());
    const { next } = await this.#expire(bounds, this.#place, this.#portion);
    this.#place = next;
    return next !== undefined;
  }

  async #measure(): Promise<void> {
    const { policy, queries, nowUs, log } = this.#parts;
    this.#surplus = 0;
    if (policy.maxBytes === undefined) return;
    const bytes = await queries.usedBytes(true);
    if (bytes <= policy.maxBytes) return;
    const { instances } = await queries.counts(nowUs());
    this.#surplus = Math.ceil(instances * SIZE_SHARE);
    const megabytes = (of: number) => `${Math.round(of / 1e6)} MB`;
    log(
      `retention: the store has ${megabytes(bytes)}, more than ${megabytes(policy.maxBytes)}: ` +
        `the oldest ${this.#surplus} of ${instances} instances are removed`,
    );
  }

  async #expireSurplus(): Promise<boolean> {
    if (this.#surplus <= 0) return false;
    const limit = Math.min(this.#portion, this.#surplus);
    const { found, next } = await this.#expire(atMost(EVER), this.#sizePlace, limit, true);
    this.#sizePlace = next;
    this.#surplus -= found;
    if (next === undefined) this.#surplus = 0;
    return this.#surplus > 0;
  }

  /** @param onlyThese whether what was received after them stays. */
  async #expire(bounds: ExpiryBounds, after: ExpiredPlace | undefined, limit: number, onlyThese = false) {
    const { queries, append, nowUs } = this.#parts;
    const { expiry: listed, next } = await queries.expired({ bounds, after, limit });
    const expiry = onlyThese && next ? { ...listed, bounds: atMost(next.receivedUs + 1) } : listed;
    const found = expiry.instances.length + expiry.traces.length;
    if (found + expiry.events.length > 0) {
      const head: ExpireHead = { wire: 'expire', mode: 'live', receivedAtUs: nowUs() };
      this.#appended = await append(encodeIntakeRecord(head, Buffer.from(JSON.stringify(expiry))));
    }
    return { found, next };
  }
}

function atMost(beforeUs: number): ExpiryBounds {
  return { flows: {}, others: beforeUs, imports: beforeUs };
}

const SWEEP_INTERVAL_MS = 60_000;
const STEP_PAUSE_MS = 200;

/** Sweeps every minute, until it is stopped. */
export function startRetention(parts: RetentionParts): {
  readonly state: RetentionState;
  stop(): Promise<void>;
} {
  const retention = new Retention(parts);
  const { maxBytes } = parts.policy;
  let failure = '';
  let timer = setTimeout(next, SWEEP_INTERVAL_MS).unref();
  let running: Promise<void> = Promise.resolve();
  let isStopped = false;
  function next(): void {
    running = run();
  }
  async function run(): Promise<void> {
    let isMore = false;
    try {
      isMore = await retention.step();
      failure = '';
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    if (!isStopped) timer = setTimeout(next, isMore ? STEP_PAUSE_MS : SWEEP_INTERVAL_MS).unref();
  }
  return {
    get state() {
      return { failure, ...(maxBytes !== undefined && { storeMaxBytes: maxBytes }) };
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
