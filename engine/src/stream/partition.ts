import type { LogError, LogOwner, LogReader } from '../log/index.ts';
import type { CommandDraft, Effect, Outcome, ProcessingLimits } from '../processing/context.ts';
import { DUE_WORK } from '../processing/due-work.ts';
import { PENDING_SENDS } from '../processing/pending-sends.ts';
import type { Key } from '../protocol/key.ts';
import {
  type EngineRecord,
  type EventRecord,
  NO_POSITION,
  type RejectionRecord,
  type RejectionType,
} from '../protocol/record.ts';
import type { SnapshotSource } from '../snapshot/progress.ts';
import { createEngineState, type EngineState, type ReadState } from '../state/engine-state.ts';
import { PartitionDefinitions, type ResourceReader } from './partition-definitions.ts';
import type { Clock, Scheduler } from './ports.ts';
import { type LeftOver, type Progress, replay } from './replay.ts';
import { runStep, type StepStart } from './run-step.ts';
import type { Counters, Step, StepPorts } from './step.ts';

/** What a client is told once it is durable. */
export type Reply =
  | { readonly kind: 'done'; readonly event: EventRecord }
  /** What the client awaited has come; `event` tells how it began. */
  | { readonly kind: 'outcome'; readonly event: EventRecord; readonly outcome: Outcome }
  | { readonly kind: 'rejected'; readonly type: RejectionType; readonly reason: string }
  /** The partition stopped before it knew: the command may or may not be in the log. */
  | { readonly kind: 'unknown'; readonly cause: LogError | undefined };

export type PartitionLimits = ProcessingLimits & {
  /** Commands that one step processes before it leaves the rest to the next. */
  readonly commandsPerStepMax: number;
  readonly batchBytesMax: number;
  /** Steps that share one fsync. */
  readonly stepsPerFlushMax: number;
  /** Due jobs, timers and the like that one round takes up. */
  readonly duePerRoundMax: number;
  /** After what time a command to another partition that was not acknowledged is sent again. */
  readonly resendAfterMs: number;
};

export type PartitionOptions = {
  /** From 1 on. */
  readonly partitionId: number;
  readonly partitions: number;
  readonly owner: LogOwner;
  readonly reader: LogReader;
  readonly readResource: ResourceReader;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly limits: PartitionLimits;
  /** What to begin with instead of the log's first record. */
  readonly snapshot?: { readonly state: EngineState; readonly progress: Progress } | undefined;
  /**
   * Called after each flush with what became durable, in order, and with the batch as it is in the log; without one for
   * what is sent again. Must not throw.
   */
  readonly onDurable: (
    records: readonly EngineRecord[],
    effects: readonly Effect[],
    batch: Uint8Array | undefined,
  ) => void;
  /** The log failed: nothing more is processed. */
  readonly onFailure: (error: LogError) => void;
};

type Settle = (reply: Reply) => void;
/** Who waits for what a command leads to. */
type Client = { readonly settle: Settle; readonly onTaken: (() => void) | undefined };
/** A key of one of the tables of `DUE_WORK`, and its time when its command was made. */
type Due = { readonly work: number; readonly key: Key; readonly atMs: number | undefined };
type Waiting = {
  readonly draft: CommandDraft;
  readonly client: Client | undefined;
  /** What was due, of a command that came by itself. */
  readonly due?: Due;
};
type Uncommitted = {
  readonly step: Step;
  readonly bytes: Uint8Array;
  readonly from: Omit<Waiting, 'draft'>;
};

/**
 * The single writer of one partition: takes commands one after the other, lets each be processed, appends what follows,
 * and after the flush tells clients and does what is to be done outside. One flush serves all the steps of a round.
 */
export class Partition {
  readonly #options: PartitionOptions;
  readonly #state: EngineState;
  readonly #ports: StepPorts;
  readonly #inbox: Waiting[] = [];
  #leftOver: LeftOver[];
  #counters: Counters;
  #uncommitted: Uncommitted[] = [];
  /** What clients of steps that are not committed wait for: it may come in the same round. */
  readonly #awaitedSoon = new Set<Key>();
  readonly #awaited = new Map<Key, { readonly settle: Settle; readonly event: EventRecord }>();
  /** Keys whose due command is on its way, or was refused; for each of `DUE_WORK`, since a job can be in two tables. */
  readonly #notAgain = DUE_WORK.map(() => new Set<Key>());
  #isScheduled = false;
  #roundEndsMs = 0;
  /** Ids of commands to other partitions that were not acknowledged when one last looked. */
  #unacknowledged: ReadonlySet<string> = new Set();
  #cancelResend: (() => void) | undefined;
  #alarm: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #end: { readonly cause: LogError | undefined } | undefined;

  /** Use `openPartition`. */
  constructor(options: PartitionOptions, state: EngineState, from: Progress) {
    this.#options = options;
    this.#state = state;
    this.#leftOver = [...from.leftOver];
    this.#counters = from;
    this.#ports = {
      partitionId: options.partitionId,
      partitions: options.partitions,
      state,
      definitions: new PartitionDefinitions(options.readResource, state.tables),
      limits: options.limits,
      isAwaited: (key) => this.#awaited.has(key) || this.#awaitedSoon.has(key),
    };
  }

  get state(): ReadState {
    return this.#state.tables;
  }

  /** State and progress of this moment, for a snapshot; undefined after a failure, when they are ahead of the log. */
  snapshotSource(): SnapshotSource | undefined {
    if (this.#end?.cause !== undefined || this.#uncommitted.length > 0) return undefined;
    const progress = { ...this.#counters, leftOver: [...this.#leftOver], next: this.#options.owner.end };
    return { store: this.#state.store, progress };
  }

  /**
   * Processes the command and resolves once that is durable, or what the client awaits has come. `onTaken` is called
   * when the command itself is done with.
   */
  submit(draft: CommandDraft, onTaken?: () => void): Promise<Reply> {
    return new Promise((settle) => this.request(draft, settle, onTaken));
  }

  /** Like `submit`; `settle` is called in the order in which clients are answered, between what became durable. */
  request(draft: CommandDraft, settle: (reply: Reply) => void, onTaken?: () => void): void {
    this.#accept({ draft, client: { settle, onTaken } });
  }

  /** Whether there are jobs of the type that a worker could have; they may be gone when one asks. */
  hasJobs(type: string): boolean {
    return this.state.activatableJobs.of(type).size > 0;
  }

  /** Takes a command that nobody waits for: from another partition. */
  send(draft: CommandDraft): void {
    this.#accept({ draft, client: undefined });
  }

  /** Takes up what was left over and what became due meanwhile. */
  start(): void {
    this.#schedule();
    this.#options.scheduler.soon(() => this.#sendAgain(true));
  }

  /** Stops at once; nothing is written any more. Who waits is told that the outcome is unknown. */
  stop(cause?: LogError): void {
    if (this.#end !== undefined) return;
    this.#end = { cause };
    this.#alarm?.cancel();
    this.#cancelResend?.();
    const reply: Reply = { kind: 'unknown', cause };
    for (const { from } of this.#uncommitted) settle(from.client, reply);
    for (const { client } of this.#inbox) settle(client, reply);
    for (const { settle: tell } of this.#awaited.values()) tell(reply);
    this.#uncommitted = [];
    this.#inbox.length = 0;
    this.#awaited.clear();
  }

  #accept(waiting: Waiting): void {
    if (this.#end !== undefined) {
      settle(waiting.client, { kind: 'unknown', cause: this.#end.cause });
      return;
    }
    this.#inbox.push(waiting);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#end !== undefined) return;
    this.#isScheduled = true;
    this.#options.scheduler.soon(() => this.#round());
  }

  #round(): void {
    this.#isScheduled = false;
    if (this.#end !== undefined) return;
    try {
      this.#roundEndsMs = this.#options.clock.now() + ROUND_MS_MAX;
      this.#takeUpDue();
      let taken = 0;
      while (taken < this.#inbox.length && !this.#isFull()) {
        const waiting = this.#inbox[taken] as Waiting; // taken < length
        taken += 1;
        this.#step({ kind: 'new', draft: waiting.draft }, waiting);
        this.#continueLeftOver();
      }
      this.#inbox.splice(0, taken);
      while (this.#leftOver.length > 0 && !this.#isFull()) this.#continueLeftOver();
      this.#commit();
    } catch (error) {
      const cause = error as LogError; // all else is caught in the step
      this.stop(cause);
      this.#options.onFailure(cause);
      return;
    }
    if (this.#inbox.length > 0 || this.#leftOver.length > 0) this.#schedule();
    this.#setAlarm();
  }

  #isFull(): boolean {
    const { length } = this.#uncommitted;
    return length >= this.#options.limits.stepsPerFlushMax || (length > 0 && this.#isLate());
  }

  #isLate(): boolean {
    return this.#options.clock.now() > this.#roundEndsMs;
  }

  /** One left-over command for each from outside: a long chain neither waits forever nor holds up the others. */
  #continueLeftOver(): void {
    const next = this.#leftOver.shift();
    if (next !== undefined) this.#step({ kind: 'leftOver', ...next }, { client: undefined });
  }

  #step(start: StepStart, from: Omit<Waiting, 'draft'>): void {
    const { limits, owner, clock } = this.#options;
    const { step, bytes } = runStep(this.#ports, start, {
      nowMs: clock.now(),
      counters: this.#counters,
      commandsMax: limits.commandsPerStepMax,
      batchBytesMax: limits.batchBytesMax,
      isLate: () => this.#isLate(),
    });
    owner.append(bytes);
    this.#state.store.commit();
    this.#counters = step.counters;
    const chainLength = step.longestChain + 1;
    for (const command of step.leftOver) this.#leftOver.push({ command, chainLength });
    if (step.awaited !== undefined) this.#awaitedSoon.add(step.awaited);
    this.#uncommitted.push({ step, bytes, from });
  }

  #commit(): void {
    if (this.#uncommitted.length === 0) return;
    this.#options.owner.flush();
    const committed = this.#uncommitted;
    this.#uncommitted = [];
    this.#awaitedSoon.clear();
    for (const { step, bytes, from } of committed) {
      if (from.due !== undefined) this.#dueIsDone(from.due, step.nowMs);
      this.#reply(step, from.client);
      this.#options.onDurable(step.records, step.effects, bytes);
    }
  }

  #reply(step: Step, client: Client | undefined): void {
    const refused = rejectionOf(step);
    if (refused !== undefined) {
      settle(client, { kind: 'rejected', type: refused.rejectionType, reason: refused.rejectionReason });
      return;
    }
    const event = step.answered ?? firstEvent(step.records);
    if (client !== undefined) {
      if (event === undefined) settle(client, UNANSWERED);
      else if (step.awaited === undefined) settle(client, { kind: 'done', event });
      else this.#await(step.awaited, client, event);
    }
    for (const effect of step.effects) {
      if (effect.kind === 'settle') this.#tellAwaiting(effect.key, effect.outcome);
    }
  }

  #await(key: Key, client: Client, event: EventRecord): void {
    client.onTaken?.();
    this.#awaited.set(key, { settle: client.settle, event });
  }

  #tellAwaiting(key: Key, outcome: Outcome): void {
    const awaiting = this.#awaited.get(key);
    if (awaiting === undefined) return;
    this.#awaited.delete(key);
    awaiting.settle({ kind: 'outcome', event: awaiting.event, outcome });
  }

  /** Sends what has not been acknowledged since one last looked: a partition was not open, or has restarted. */
  #sendAgain(all: boolean): void {
    if (this.#end !== undefined) return;
    const unacknowledged = new Set<string>();
    const effects: Effect[] = [];
    for (const pending of PENDING_SENDS) {
      for (const { id, effect } of pending(this.state)) {
        unacknowledged.add(id);
        if (all || this.#unacknowledged.has(id)) effects.push(effect);
      }
    }
    this.#unacknowledged = unacknowledged;
    if (effects.length > 0) this.#options.onDurable([], effects, undefined);
    const { scheduler, limits } = this.#options;
    this.#cancelResend = scheduler.after(limits.resendAfterMs, () => this.#sendAgain(false));
  }

  #takeUpDue(): void {
    const { limits, clock } = this.#options;
    const nowMs = clock.now();
    for (const [work, { table, command }] of DUE_WORK.entries()) {
      const times = table(this.state);
      const notAgain = this.#notAgainOf(work);
      for (const key of times.due(nowMs, limits.duePerRoundMax, notAgain)) {
        notAgain.add(key);
        const due = { work, key, atMs: times.get(key) };
        this.#inbox.push({ draft: command(this.state, key), client: undefined, due });
      }
    }
  }

  /**
   * A key that has still the same time was refused. It would come again at once and forever: it waits for a restart.
   * Unless its time had not come any more: the clock was set back since it was taken up.
   */
  #dueIsDone({ work, key, atMs }: Due, nowMs: number): void {
    const isRefused = DUE_WORK[work]?.table(this.state).get(key) === atMs;
    if (!isRefused || (atMs !== undefined && atMs > nowMs)) this.#notAgainOf(work).delete(key);
  }

  #notAgainOf(work: number): Set<Key> {
    return this.#notAgain[work] as Set<Key>; // there is one for each of DUE_WORK
  }

  #setAlarm(): void {
    const { clock, scheduler } = this.#options;
    let atMs = Number.POSITIVE_INFINITY;
    for (const [work, { table }] of DUE_WORK.entries())
      atMs = Math.min(atMs, table(this.state).nextDueMs(this.#notAgainOf(work)) ?? atMs);
    if (this.#alarm !== undefined && this.#alarm.atMs <= atMs) return;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    if (atMs === Number.POSITIVE_INFINITY) return;
    const ring = (): void => {
      this.#alarm = undefined;
      this.#schedule();
    };
    const delayMs = Math.min(Math.max(0, atMs - clock.now()), ALARM_MS_MAX);
    this.#alarm = { atMs, cancel: scheduler.after(delayMs, ring) };
  }
}

/** A processor has written events, but none that could be its answer: nobody must wait for ever. */
const UNANSWERED: Reply = {
  kind: 'rejected',
  type: 'PROCESSING_ERROR',
  reason: 'Expected an event to answer the command, but there was none; what followed from it goes on',
};

/** What takes longer leaves the rest to the next round: expressions may take seconds, and others wait for the flush. */
const ROUND_MS_MAX = 100;

/** Looks again at least so often: the clock may jump ahead. */
const ALARM_MS_MAX = 60_000;

function settle(client: Client | undefined, reply: Reply): void {
  client?.onTaken?.();
  client?.settle(reply);
}

/** The refusal of the command that came from outside, if it was refused. */
function rejectionOf(step: Step): RejectionRecord | undefined {
  const [command] = step.records;
  const second = step.records.at(1);
  return command?.sourceRecordPosition === NO_POSITION && second?.recordType === 'COMMAND_REJECTION'
    ? second
    : undefined;
}

function firstEvent(records: readonly EngineRecord[]): EventRecord | undefined {
  const valueType = records[0]?.valueType;
  const found = records.find((record) => record.recordType === 'EVENT' && record.valueType === valueType);
  return found as EventRecord | undefined;
}

/** Replays the log and opens the partition; `start` sets it to work. Throws LogError or CodecError. */
export function openPartition(options: PartitionOptions): Partition {
  const state = options.snapshot?.state ?? createEngineState();
  const begin = options.snapshot?.progress ?? {
    lastPosition: 0,
    keyCounter: 0,
    leftOver: [],
    next: options.reader.start,
  };
  return new Partition(options, state, replay(state, begin, options.reader));
}
