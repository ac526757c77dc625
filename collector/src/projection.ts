import type { LogReader, LogRecord } from '@throughline/engine/log';
import { LOG_START, logPosition } from '@throughline/engine/log';
import type { KeyReader } from './config/flow.ts';
import type { Correlator, InstanceChanges } from './correlate/correlator.ts';
import type { WorkingSet } from './correlate/working-set.ts';
import type { DeadLetter, NormalisedEvent } from './event/event.ts';
import { decodeIntakeRecord, type IntakeRecord } from './intake/record.ts';
import { normalise } from './normalise/normalise.ts';
import type { Store, StoredEvent } from './store/store.ts';

/**
 * The way of one partition from the intake log to the store: read → normalise → correlate → store, in micro-batches.
 *
 * Exactly once in effect: the store is written first, then (less often) the correlation state with the log position. After a crash the
 * log is replayed from that position; the same events get the same numbers, the store leaves out those it has, and documents
 * overwrite themselves.
 */
export type ProjectionParts = {
  readonly reader: LogReader;
  readonly working: WorkingSet;
  readonly correlator: Correlator;
  readonly store: Store;
  readonly keyReaders: readonly KeyReader[];
  readonly limits: ProjectionLimits;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  /** Lets other work of this thread (questions to the store) have its turn. */
  readonly yieldTurn: () => Promise<void>;
  readonly onFlush: (report: FlushReport) => void;
};

export type ProjectionLimits = {
  readonly readBytes: number;
  /** A batch is written when it has this many events … */
  readonly flushEvents: number;
  /** … or when this time has passed since the last write, in milliseconds. */
  readonly flushIntervalMs: number;
  readonly checkpointIntervalMs: number;
  /** Events kept in memory after a checkpoint. */
  readonly hotEvents: number;
};

export const DEFAULT_LIMITS: ProjectionLimits = {
  readBytes: 4 * 1024 * 1024,
  flushEvents: 40_000,
  flushIntervalMs: 500,
  checkpointIntervalMs: 5_000,
  hotEvents: 200_000,
};

export type FlushReport = {
  /** When the newest record that is now in the store was accepted. */
  readonly receivedAtUs: number;
  readonly events: number;
  readonly changes: InstanceChanges;
};

export class Projection {
  readonly #parts: ProjectionParts;
  #position = LOG_START;
  #receivedAtUs = 0;
  #flushedPosition = 0;
  #events: StoredEvent[] = [];
  #deadLetters: DeadLetter[] = [];
  #flushedAt: number;
  #checkpointedAt: number;
  /** Event number up to which the store was ahead of the state when it was opened. */
  #replayUntil = 0;
  /** The first write after opening may meet rows that the state knows nothing of. */
  #replayed = false;
  #changedSinceCheckpoint = false;

  constructor(parts: ProjectionParts) {
    this.#parts = parts;
    this.#flushedAt = parts.clock();
    this.#checkpointedAt = parts.clock();
  }

  /** Everything before it is in the store. */
  get storedPosition(): number {
    return this.#dirty ? this.#flushedPosition : this.#position;
  }

  get #dirty(): boolean {
    return this.#events.length > 0 || this.#deadLetters.length > 0 || this.#parts.correlator.pendingChanges > 0;
  }

  /** Takes up where the last checkpoint left off. */
  async recover(): Promise<void> {
    const { working, correlator, reader, store } = this.#parts;
    const checkpoint = await working.checkpointed();
    if (checkpoint !== undefined) {
      this.#position = logPosition(checkpoint.position);
      correlator.nextEventNo = checkpoint.nextEventNo;
      correlator.nextInstanceNo = checkpoint.nextInstanceNo;
      correlator.duplicates = checkpoint.duplicates;
      for (const flow of checkpoint.flows) correlator.declareFlow(flow);
    }
    if (this.#position < reader.start) this.#position = reader.start;
    this.#replayUntil = store.appliedEventNo;
    this.#flushedPosition = this.#position;
  }

  /** Runs until the signal aborts; then writes what it has and a checkpoint. Rejects when the log or the store fails. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const records = this.#parts.reader.read(this.#position, this.#parts.limits.readBytes);
      if (records.length === 0) {
        await this.#idle(signal);
        continue;
      }
      for (const record of records) {
        await this.#take(record);
        await this.#parts.yieldTurn();
        if (this.#flushIsDue()) await this.flush();
      }
    }
    await this.flush();
    await this.checkpoint();
  }

  /** Nothing to read: write what there is, once the interval has passed. */
  async #idle(signal: AbortSignal): Promise<void> {
    const { reader, clock, limits } = this.#parts;
    if (this.#dirty) {
      const restMs = this.#flushedAt + limits.flushIntervalMs - clock();
      if (restMs > 0) {
        await waitWithin(reader, this.#position, signal, restMs);
        return;
      }
      await this.flush();
      return;
    }
    const restMs = this.#checkpointedAt + limits.checkpointIntervalMs - clock();
    if (!this.#changedSinceCheckpoint) await reader.waitFor(this.#position, signal);
    else if (restMs > 0) await waitWithin(reader, this.#position, signal, restMs);
    else await this.checkpoint();
  }

  /** While it replays what the store has, nothing is written: the store would show older documents again. */
  #flushIsDue(): boolean {
    const { limits, clock, correlator } = this.#parts;
    if (correlator.nextEventNo <= this.#replayUntil) return false;
    return this.#events.length >= limits.flushEvents || clock() - this.#flushedAt >= limits.flushIntervalMs;
  }

  async #take(record: LogRecord): Promise<void> {
    const { correlator, keyReaders } = this.#parts;
    const accepted = decodeIntakeRecord(record.payload);
    const { events, deadLetters } = normalise(accepted, keyReaders);
    const fresh = await this.#unseenRows(accepted, events);
    await correlator.prepare(fresh);
    for (const event of fresh) {
      const numbered = correlator.add(event);
      if (numbered !== undefined && numbered.no > this.#replayUntil) this.#events.push({ ...event, no: numbered.no });
    }
    for (const letter of deadLetters) this.#deadLetters.push(letter);
    this.#position = record.next;
    this.#receivedAtUs = accepted.head.receivedAtUs;
  }

  /** Rows of an import come in order, so its highest row so far tells what was seen. */
  async #unseenRows(record: IntakeRecord, events: readonly NormalisedEvent[]): Promise<readonly NormalisedEvent[]> {
    if (record.head.wire !== 'rows') return events;
    const { working, correlator } = this.#parts;
    const { importId } = record.head;
    await working.loadRows([importId]);
    const highest = working.rows.get(importId) ?? 0;
    const fresh = events.filter((event) => rowOf(event) > highest);
    correlator.duplicates += events.length - fresh.length;
    const last = fresh.at(-1);
    if (last !== undefined) working.setRows(importId, rowOf(last));
    return fresh;
  }

  /** Writes everything up to the current position to the store. */
  async flush(): Promise<void> {
    const { correlator, store, clock, onFlush } = this.#parts;
    this.#flushedAt = clock();
    const position = this.#position;
    const changes = await correlator.takeChanges();
    const events = this.#events;
    const deadLetters = this.#deadLetters;
    if (events.length === 0 && deadLetters.length === 0 && changes.instances.length === 0) {
      await this.#checkpointWhenDue();
      return;
    }
    this.#events = [];
    this.#deadLetters = [];
    const replaced = this.#replayed ? changes.replaced : new Set(changes.instances.map((instance) => instance.no));
    this.#replayed = true;
    const flows = new Map(correlator.flows().map((flow) => [flow.flow, flow.name]));
    await store.apply({ events, deadLetters, instances: changes.instances, removed: changes.removed, replaced, flows });
    this.#changedSinceCheckpoint = true;
    this.#flushedPosition = position;
    onFlush({
      receivedAtUs: this.#receivedAtUs,
      events: events.length,
      changes,
    });
    await this.#checkpointWhenDue();
  }

  async #checkpointWhenDue(): Promise<void> {
    const { clock, limits } = this.#parts;
    if (this.#changedSinceCheckpoint && clock() - this.#checkpointedAt >= limits.checkpointIntervalMs) {
      await this.checkpoint();
    }
  }

  /** Only right after a flush. */
  async checkpoint(): Promise<void> {
    const { working, correlator, clock, limits } = this.#parts;
    await working.checkpoint({
      version: 1,
      position: this.#position,
      nextInstanceNo: correlator.nextInstanceNo,
      nextEventNo: correlator.nextEventNo,
      duplicates: correlator.duplicates,
      flows: correlator.flows().map((flow) => flow.flow),
    });
    working.evict(limits.hotEvents);
    this.#checkpointedAt = clock();
    this.#changedSinceCheckpoint = false;
  }
}

function rowOf(event: NormalisedEvent): number {
  return Number(event.id.slice(event.id.lastIndexOf(':') + 1));
}

async function waitWithin(reader: LogReader, position: LogRecord['position'], signal: AbortSignal, ms: number) {
  await reader.waitFor(position, AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(ms))]));
}
