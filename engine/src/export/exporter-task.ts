import { LogError, type LogPosition, type LogReader } from '../log/index.ts';
import { decodeBatch } from '../protocol/batch-codec.ts';
import type { EngineRecord, RecordPosition } from '../protocol/record.ts';
import type { Clock, Scheduler } from '../stream/ports.ts';
import { type Exporter, type ExporterDefinition, recordTest } from './exporter.ts';
import type { ExporterPosition } from './exporter-positions.ts';

export type ExporterLimits = {
  /** Of the log that is read at once, between two rounds of commands. */
  readonly sliceBytes: number;
  /** Records, and bytes that the exporter holds, after which it is flushed even when there is more to read. */
  readonly flushRecords: number;
  readonly flushBytes: number;
  /** The first wait after a failure; doubled with each further one up to the last. */
  readonly retryMs: number;
  readonly retryMsMax: number;
};

export const DEFAULT_EXPORTER_LIMITS: ExporterLimits = {
  sliceBytes: 32 * 2 ** 10,
  flushRecords: 5000,
  flushBytes: 4 * 2 ** 20,
  retryMs: 500,
  retryMsMax: 30_000,
};

export type ExporterTaskOptions = {
  readonly partitionId: number;
  readonly definition: ExporterDefinition;
  readonly reader: LogReader;
  readonly from: ExporterPosition | undefined;
  readonly limits: ExporterLimits;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly onAcknowledged: (position: ExporterPosition) => void;
  readonly onFailed: (error: unknown, failures: number) => void;
  readonly onRefused: (position: RecordPosition, reason: string) => void;
};

/** How an exporter does, for operators. */
export type ExporterStatus = {
  readonly id: string;
  readonly partitionId: number;
  /** The last record that it has made safe; 0 for none. */
  readonly position: number;
  /** Of the log that it has not made safe. */
  readonly lagBytes: number;
  /** In a row; 0 while it works. */
  readonly failures: number;
  readonly lastError: string | undefined;
  /** Records that its destination refused for good. */
  readonly refused: number;
};

/**
 * Brings the records of one partition to one exporter: reads the log by itself, a slice at a time, flushes when there is
 * enough or nothing more, and begins again from the last flush after a failure. Nobody waits for it.
 */
export class ExporterTask {
  readonly #options: ExporterTaskOptions;
  readonly #exporter: Exporter;
  readonly #isWanted: (record: EngineRecord) => boolean;
  readonly #abort = new AbortController();
  #acknowledged: ExporterPosition;
  /** What it has read, and given to the exporter where that wants it. */
  #read: { readonly next: LogPosition; readonly position: number };
  #unflushed = 0;
  #isOpen = false;
  #isRunning = false;
  #isClosing = false;
  #cancelRetry: (() => void) | undefined;
  #failures = 0;
  #refused = 0;
  #lastError: string | undefined;
  #onIdle: () => void = () => {};

  constructor(options: ExporterTaskOptions) {
    const { definition, from, reader } = options;
    this.#options = options;
    this.#exporter = definition.create();
    this.#isWanted = recordTest(definition.filter);
    const begin = from ?? { next: reader.start, position: 0, memo: undefined };
    // What was before the log's begin had been made safe: only then is it deleted.
    this.#acknowledged = begin.next < reader.start ? { ...begin, next: reader.start } : begin;
    this.#read = this.#acknowledged;
  }

  get status(): ExporterStatus {
    return {
      id: this.#options.definition.id,
      partitionId: this.#options.partitionId,
      position: this.#acknowledged.position,
      lagBytes: this.#options.reader.end - this.#acknowledged.next,
      failures: this.#failures,
      lastError: this.#lastError,
      refused: this.#refused,
    };
  }

  /** Tells that there may be something to read. */
  wake(): void {
    if (this.#isRunning || this.#isClosing || this.#cancelRetry !== undefined) return;
    void this.#run();
  }

  /**
   * Brings over what is in the log, as long as that goes well and `patienceMs` have not passed, and closes the exporter.
   * Never rejects.
   */
  async close(patienceMs: number): Promise<void> {
    const cancel = this.#options.scheduler.after(patienceMs, () => this.#abort.abort());
    this.wake();
    this.#isClosing = true;
    this.#cancelRetry?.();
    await this.#idleOrAborted();
    cancel();
    this.#abort.abort();
    await this.#letGo();
  }

  async #idleOrAborted(): Promise<void> {
    if (!this.#isRunning) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      this.#abort.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      if (!this.#isOpen) await this.#open();
      while (!this.#abort.signal.aborted && (await this.#goOn())) await this.#turn();
    } catch (error) {
      await this.#fail(error);
    } finally {
      this.#isRunning = false;
      this.#onIdle();
    }
    // Something may have come since it last looked, when waking it had no effect.
    if (this.#isOpen && this.#read.next < this.#options.reader.end) this.wake();
  }

  async #open(): Promise<void> {
    const { partitionId, clock, scheduler } = this.#options;
    this.#read = this.#acknowledged;
    this.#unflushed = 0;
    this.#isOpen = true; // so that it is closed even when it opened by half
    const memo = await this.#exporter.open({
      partitionId,
      memo: this.#acknowledged.memo,
      clock,
      scheduler,
      signal: this.#abort.signal,
      refused: (position, reason) => {
        this.#refused += 1;
        this.#options.onRefused(position, reason);
      },
    });
    if (memo !== undefined) this.#acknowledge({ ...this.#acknowledged, memo });
  }

  /** Reads a slice and flushes when it is time; false when there is nothing to do. */
  async #goOn(): Promise<boolean> {
    const hasRead = this.#readSlice();
    const isAtEnd = this.#read.next >= this.#options.reader.end;
    const { flushRecords, flushBytes } = this.#options.limits;
    const isFull = this.#unflushed >= flushRecords || this.#exporter.bufferedBytes >= flushBytes;
    if (isFull || (isAtEnd && this.#unflushed > 0)) {
      const { next, position } = this.#read;
      const memo = await this.#exporter.flush();
      this.#unflushed = 0;
      this.#acknowledge({ next, position, memo });
    } else if (this.#unflushed === 0 && hasRead) {
      this.#acknowledge({ ...this.#read, memo: this.#acknowledged.memo });
    }
    if (this.#unflushed === 0) this.#failures = 0;
    return this.#read.next < this.#options.reader.end;
  }

  #readSlice(): boolean {
    const stored = this.#options.reader.read(this.#read.next, this.#options.limits.sliceBytes);
    for (const { payload, next } of stored) {
      const { records } = decodeBatch(payload);
      for (const record of records) {
        if (!this.#isWanted(record)) continue;
        this.#exporter.export(record);
        this.#unflushed += 1;
      }
      this.#read = { next, position: records.at(-1)?.position ?? this.#read.position };
    }
    return stored.length > 0;
  }

  #acknowledge(position: ExporterPosition): void {
    this.#acknowledged = position;
    this.#options.onAcknowledged(position);
  }

  /** Lets commands be processed before it goes on. */
  #turn(): Promise<void> {
    return new Promise((resolve) => this.#options.scheduler.soon(resolve));
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#abort.signal.aborted) return;
    this.#failures += 1;
    this.#lastError = error instanceof Error ? error.message : String(error);
    this.#options.onFailed(error, this.#failures);
    await this.#letGo();
    if (this.#isClosing || (error instanceof LogError && error.code === 'closed')) return;
    const { retryMs, retryMsMax } = this.#options.limits;
    const delayMs = Math.min(retryMsMax, Math.max(retryMs * 2 ** (this.#failures - 1), retryAfterMs(error)));
    this.#cancelRetry = this.#options.scheduler.after(delayMs, () => {
      this.#cancelRetry = undefined;
      this.wake();
    });
  }

  async #letGo(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      await this.#exporter.close();
    } catch {
      // It is opened anew, or never again.
    }
  }
}

function retryAfterMs(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('retryAfterMs' in error)) return 0;
  return typeof error.retryAfterMs === 'number' ? error.retryAfterMs : 0;
}
