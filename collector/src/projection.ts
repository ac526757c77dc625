import type { LogReader, LogRecord } from '@throughline/engine/log';
import { LOG_START, logPosition } from '@throughline/engine/log';
import type { Correlator, InstanceChanges } from './correlate/correlator.ts';
import type { Checkpoint, WorkingSet } from './correlate/working-set.ts';
import type { NormalisedEvent } from './event/event.ts';
import type { Expiry } from './event/expiry.ts';
import { Letters } from './intake/letters.ts';
import { decodeIntakeRecord, type IntakeHead } from './intake/record.ts';
import { type NormaliseRules, normalise } from './normalise/normalise.ts';
import type { Store, StoreBatch, StoredEvent } from './store/store.ts';
import { waitWithin } from './wait-within.ts';

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
  readonly store: Pick<Store, 'apply' | 'appliedEventNo'>;
  readonly rules: NormaliseRules;
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
  /** … or when this time has passed since the last write and there is nothing more to read, in milliseconds. */
  readonly flushIntervalMs: number;
  /** … or this time, while there is more to read: an instance that is still growing is then written less often. */
  readonly catchUpIntervalMs: number;
  readonly checkpointIntervalMs: number;
  /** A checkpoint is also due after this many events: until then what they changed stays in memory. */
  readonly checkpointEvents: number;
  /** Events kept in memory after a checkpoint. */
  readonly hotEvents: number;
};

export const DEFAULT_LIMITS: ProjectionLimits = {
  readBytes: 1024 * 1024,
  flushEvents: 16_000,
  flushIntervalMs: 500,
  catchUpIntervalMs: 2_000,
  checkpointIntervalMs: 5_000,
  checkpointEvents: 50_000,
  hotEvents: 50_000,
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
  /** A write that goes on while the next batch is correlated; at most one. */
  #writing: Promise<void> | undefined;
  /** The same of the correlation state. */
  #checkpointing: Promise<void> | undefined;
  /** Whether a checkpoint was written since something was last dropped from memory. */
  #mayEvict = false;
  #events: StoredEvent[] = [];
  #removedEvents: number[] = [];
  #checkpointedPosition = 0;
  readonly #letters = new Letters();
  #flushedAt: number;
  #checkpointedAt: number;
  /** Event number up to which the store was ahead of the state when it was opened. */
  #replayUntil = 0;
  #changedSinceCheckpoint = false;
  #ignored = 0;
  #eventsSinceCheckpoint = 0;

  constructor(parts: ProjectionParts) {
    this.#parts = parts;
    this.#flushedAt = parts.clock();
    this.#checkpointedAt = parts.clock();
  }

  /** Everything before it is in the store. */
  get storedPosition(): number {
    return this.#dirty ? this.#flushedPosition : this.#position;
  }

  /** A restart begins here: what lies before it is not read again. */
  get checkpointedPosition(): number {
    return this.#checkpointedPosition;
  }

  /** Items that were accepted and are no events under the rules of when they were read. */
  get ignored(): number {
    return this.#ignored;
  }

  get #dirty(): boolean {
    const removed = this.#removedEvents.length;
    const waiting =
      this.#events.length + removed + this.#letters.size + this.#parts.correlator.pendingChanges;
    return this.#writing !== undefined || waiting > 0;
  }

  /** Whether the store has more than was taken so far. If so nothing is written: it would show older documents again. */
  get #replaying(): boolean {
    return this.#parts.correlator.nextEventNo <= this.#replayUntil;
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
      this.#ignored = checkpoint.ignored ?? 0;
      for (const name of checkpoint.flowNames ?? []) correlator.callFlow(name);
      for (const flow of checkpoint.flows) correlator.declareFlow(flow);
      correlator.postpone(checkpoint.postponed ?? []);
    }
    refuseWhatDoesNotFit(checkpoint, store.appliedEventNo, reader.start);
    if (this.#position < reader.start) this.#position = reader.start;
    this.#replayUntil = store.appliedEventNo;
    correlator.assumeStored = this.#replaying;
    this.#flushedPosition = this.#position;
    this.#checkpointedPosition = this.#position;
  }

  /** Runs until the signal aborts; then writes what it has and a checkpoint. Rejects when the log or the store fails. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const records = this.#parts.reader.read(this.#position, this.#parts.limits.readBytes);
      if (records.length === 0) {
        if (this.#replaying) throw new Error(LOG_ENDS_EARLY);
        await this.#idle(signal);
        continue;
      }
      await this.#take(records);
      if (this.#flushIsDue()) await this.flush();
    }
    if (this.#replaying) return;
    await this.flush(Number.POSITIVE_INFINITY);
    await this.checkpoint();
    await this.#checkpointing;
  }

  /** Nothing to read: write what there is, once the interval has passed. */
  async #idle(signal: AbortSignal): Promise<void> {
    const { reader, clock, limits } = this.#parts;
    if (this.#dirty) {
      const restMs = this.#flushedAt + limits.flushIntervalMs - clock();
      if (restMs > 0) {
        await waitWithin(restMs, signal, (until) => reader.waitFor(this.#position, until));
        return;
      }
      await this.flush();
      await this.#writing;
      return;
    }
    const restMs = this.#checkpointedAt + limits.checkpointIntervalMs - clock();
    if (!this.#changedSinceCheckpoint) await reader.waitFor(this.#position, signal);
    else if (restMs > 0) await waitWithin(restMs, signal, (until) => reader.waitFor(this.#position, until));
    else await this.checkpoint();
  }

  #flushIsDue(): boolean {
    const { limits, clock } = this.#parts;
    if (this.#replaying) return false;
    return this.#events.length >= limits.flushEvents || clock() - this.#flushedAt >= limits.catchUpIntervalMs;
  }

  /** Takes records that follow each other: what all of them will look at is loaded at once. */
  async #take(records: readonly LogRecord[]): Promise<void> {
    const { correlator, rules, yieldTurn } = this.#parts;
    let fresh: Taken[] = [];
    for (const record of records) {
      const accepted = decodeIntakeRecord(record.payload);
      const { head } = accepted;
      if (head.wire === 'expire') {
        await this.#addAll(fresh);
        fresh = [];
        await this.#expire(JSON.parse(Buffer.from(accepted.body).toString()) as Expiry);
      }
      const { events, deadLetters, definitions = [], ignored = 0 } = normalise(accepted, rules);
      for (const definition of definitions) correlator.define(definition);
      const again = head.again !== undefined;
      const run = again ? undefined : head.imported?.run;
      if (!again) this.#ignored += ignored;
      const isNew = isByRow(head) && !again;
      for (const event of again ? events : await this.#unseen(head, events)) {
        fresh.push({ event, isNew, again, run });
      }
      this.#letters.add(accepted, deadLetters, record.position);
      this.#receivedAtUs = head.receivedAtUs;
      await yieldTurn();
    }
    await this.#addAll(fresh);
    this.#position = records.at(-1)?.next ?? this.#position;
    this.#changedSinceCheckpoint = true;
  }

  async #addAll(fresh: readonly Taken[]): Promise<void> {
    await this.#parts.correlator.prepare(fresh.map((taken) => taken.event));
    this.#eventsSinceCheckpoint += fresh.length;
    for (const taken of fresh) this.#add(taken);
  }

  async #expire(expiry: Expiry): Promise<void> {
    const removed = new Set(await this.#parts.correlator.expire(expiry));
    this.#eventsSinceCheckpoint += removed.size;
    this.#events = this.#events.filter(({ no }) => !removed.has(no));
    for (const no of removed) this.#removedEvents.push(no);
  }

  #add({ event, isNew, again, run }: Taken): void {
    const { correlator, working } = this.#parts;
    const numbered = correlator.add(event, isNew);
    if (run !== undefined)
      working.countImported(run, numbered === undefined ? 0 : 1, numbered === undefined ? 1 : 0);
    // What comes again by intention is no repeat that a sender made.
    if (numbered === undefined && again) correlator.duplicates--;
    if (numbered !== undefined && numbered.no > this.#replayUntil)
      this.#events.push({ no: numbered.no, event });
  }

  /**
   * Rows of an import come in order, so its highest row so far tells what was seen. The events of other wires have ids of their own: of
   * those it only tells where the import goes on.
   */
  async #unseen(head: IntakeHead, events: readonly NormalisedEvent[]): Promise<readonly NormalisedEvent[]> {
    const { imported } = head;
    const importId = imported?.importId ?? (isByRow(head) ? head.importId : undefined);
    if (importId === undefined) return events;
    const { working, correlator } = this.#parts;
    await working.loadRows([importId]);
    const highest = working.rows.get(importId) ?? 0;
    const fresh = isByRow(head) ? events.filter((event) => rowOf(event) > highest) : events;
    const duplicates = events.length - fresh.length;
    correlator.duplicates += duplicates;
    if (imported !== undefined) {
      await working.loadTallies([imported.run]);
      if (duplicates > 0) working.countImported(imported.run, 0, duplicates);
    }
    const last = imported === undefined ? lastRowOf(fresh) : imported.first + imported.count - 1;
    if (last > highest) working.setRows(importId, last);
    return fresh;
  }

  /**
   * Writes everything up to the current position to the store, but for large instances that have to wait a while; returns while the store
   * still writes.
   */
  async flush(nowMs: number = this.#parts.clock()): Promise<void> {
    const { correlator, clock, limits } = this.#parts;
    await this.#writing;
    this.#flushedAt = clock();
    const old = clock() - this.#checkpointedAt >= limits.checkpointIntervalMs;
    if (!this.#dirty) {
      // What was read had nothing new in it: it need not be read again.
      if (old && this.#changedSinceCheckpoint) await this.checkpoint();
      return;
    }
    const changes = await correlator.takeChanges(nowMs);
    this.#evict();
    const batch: StoreBatch = {
      ...changes,
      numberedUntil: correlator.nextEventNo - 1,
      events: this.#events,
      removedEvents: this.#removedEvents,
      ...this.#letters.take(),
      flows: new Map(correlator.flows().map((flow) => [flow.flow, flow.name])),
    };
    this.#events = [];
    this.#removedEvents = [];
    if (isEmpty(batch)) return;
    const report = { receivedAtUs: this.#receivedAtUs, events: batch.events.length, changes };
    this.#changedSinceCheckpoint = true;
    const complete = correlator.postponed.length === 0;
    this.#writing = this.#write(batch, report, complete ? this.#position : this.#flushedPosition);
    // Whoever awaits it next meets the failure; until then it must not count as unhandled.
    this.#writing.catch(() => undefined);
    if (old || this.#eventsSinceCheckpoint >= limits.checkpointEvents) await this.checkpoint();
  }

  /** Right after the changes were taken: nothing refers to what goes. */
  #evict(): void {
    if (!this.#mayEvict || this.#checkpointing !== undefined) return;
    this.#mayEvict = false;
    this.#parts.working.evict(this.#parts.limits.hotEvents);
  }

  async #write(batch: StoreBatch, report: FlushReport, storedPosition: number): Promise<void> {
    await this.#parts.store.apply(batch);
    this.#flushedPosition = storedPosition;
    this.#parts.onFlush(report);
    this.#writing = undefined;
  }

  /**
   * Only right after a flush, before anything else is taken: the state is then that of the batch. Returns while the batch, and after it
   * the state, are still being written.
   */
  async checkpoint(): Promise<void> {
    const { working, correlator, clock } = this.#parts;
    await this.#checkpointing;
    const position = this.#position;
    const commit = working.takeCheckpoint({
      version: 1,
      position,
      nextInstanceNo: correlator.nextInstanceNo,
      nextEventNo: correlator.nextEventNo,
      duplicates: correlator.duplicates,
      ignored: this.#ignored,
      flows: correlator.flows().map((flow) => flow.flow),
      flowNames: correlator.flowNames,
      postponed: correlator.postponed,
    });
    this.#checkpointing = this.#commitAfter(this.#writing, commit, position);
    this.#checkpointing.catch(() => undefined);
    this.#checkpointedAt = clock();
    this.#changedSinceCheckpoint = false;
    this.#eventsSinceCheckpoint = 0;
  }

  async #commitAfter(
    writing: Promise<void> | undefined,
    commit: () => Promise<void>,
    position: number,
  ): Promise<void> {
    await writing;
    await commit();
    this.#checkpointedPosition = position;
    this.#checkpointing = undefined;
    this.#mayEvict = true;
  }
}

type Taken = {
  readonly event: NormalisedEvent;
  /** Known to be no repeat. */
  readonly isNew: boolean;
  readonly again: boolean;
  /** Of an import. */
  readonly run: string | undefined;
};

const LOG_ENDS_EARLY =
  'the store has more events than the intake log: the log was replaced or cut. Restore it, or remove the directory of the store';

/** Log, state and store belong together; numbers would be given twice if one of them were replaced or cut alone. */
function refuseWhatDoesNotFit(
  checkpoint: Checkpoint | undefined,
  appliedEventNo: number,
  logStart: number,
): void {
  const known = (checkpoint?.nextEventNo ?? 1) - 1;
  if (appliedEventNo < known) {
    throw new Error(
      `the store has ${appliedEventNo} events, the correlation state ${known}: the store was replaced or restored. ` +
        'Remove the directories of both; they are built again from the intake log',
    );
  }
  const position = checkpoint?.position ?? LOG_START;
  if (position < logStart && appliedEventNo > 0) {
    throw new Error(
      `the intake log begins at ${logStart}, the correlation state ends at ${position}: what is between them is gone. ` +
        'Restore the state, or remove the directories of state and store to begin with what the log still has',
    );
  }
}

function isEmpty({
  events,
  deadLetters,
  resolved,
  instances,
  removed,
  removedEvents,
  replaced,
}: StoreBatch): boolean {
  return (
    events.length +
      deadLetters.length +
      resolved.length +
      instances.length +
      removed.length +
      removedEvents.length +
      replaced.size ===
    0
  );
}

/** Records of older versions do not say what they cover. */
function lastRowOf(events: readonly NormalisedEvent[]): number {
  const last = events.at(-1);
  return last === undefined ? 0 : rowOf(last);
}

/** Whose events have the row or entry that they come from in their id. */
function isByRow(head: IntakeHead): head is Extract<IntakeHead, { wire: 'rows' | 'ocel' }> {
  return head.wire === 'rows' || head.wire === 'ocel';
}

/** `file:IMPORT:12` and `file:IMPORT:12/2` are of row 12. */
function rowOf(event: NormalisedEvent): number {
  return Number.parseInt(event.id.slice(event.id.lastIndexOf(':') + 1), 10);
}
