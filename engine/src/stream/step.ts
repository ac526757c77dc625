import { applyEvent } from '../apply/appliers.ts';
import type {
  CommandDraft,
  Effect,
  ProcessingContext,
  ProcessingLimits,
  Rejection,
} from '../processing/context.ts';
import { BROKER_VERSION } from '../protocol/batch-codec.ts';
import { type Key, keyOf } from '../protocol/key.ts';
import {
  type CommandRecord,
  type EngineRecord,
  type EventRecord,
  NO_POSITION,
  type RecordPosition,
  type RejectionType,
} from '../protocol/record.ts';
import type { CommandIntent, EventIntent, ValueOf, ValueType } from '../protocol/value-types.ts';
import type { Definitions } from '../state/definitions.ts';
import type { EngineState, ReadState } from '../state/engine-state.ts';

/** What the steps of one partition have in common. */
export type StepPorts = {
  readonly partitionId: number;
  readonly partitions: number;
  readonly state: EngineState;
  readonly definitions: Definitions;
  readonly limits: ProcessingLimits;
  readonly isAwaited: (key: Key) => boolean;
};

/** Where the numbering stood when the step began. */
export type Counters = { readonly lastPosition: number; readonly keyCounter: number };

type FollowUp = { readonly command: CommandRecord; readonly chainLength: number };

/** What one step has written and wants done, as long as it is not committed. */
export class Step implements ProcessingContext {
  readonly #ports: StepPorts;
  readonly nowMs: number;
  /** Of the command that is being processed. */
  #chainLength: number;
  readonly records: EngineRecord[] = [];
  /** Follow-up commands in order; those from `#next` on are still to be processed. */
  readonly #queue: FollowUp[] = [];
  #next = 0;
  #position: number;
  #keyCounter: number;
  #source: RecordPosition = NO_POSITION;
  readonly effects: Effect[] = [];
  /** What the client of the command waits for. */
  awaited: Key | undefined;
  answered: EventRecord | undefined;

  constructor(ports: StepPorts, counters: Counters, nowMs: number, chainLength: number) {
    this.#ports = ports;
    this.#position = counters.lastPosition;
    this.#keyCounter = counters.keyCounter;
    this.nowMs = nowMs;
    this.#chainLength = chainLength;
  }

  get state(): ReadState {
    return this.#ports.state.tables;
  }

  get definitions(): Definitions {
    return this.#ports.definitions;
  }

  get limits(): ProcessingLimits {
    return this.#ports.limits;
  }

  get partitionId(): number {
    return this.#ports.partitionId;
  }

  get partitions(): number {
    return this.#ports.partitions;
  }

  get chainLength(): number {
    return this.#chainLength;
  }

  /** How many commands in a row have led to those that are left over, at most. */
  get longestChain(): number {
    return this.#queue
      .slice(this.#next)
      .reduce((longest, left) => Math.max(longest, left.chainLength - 1), 0);
  }

  get counters(): Counters {
    return { lastPosition: this.#position, keyCounter: this.#keyCounter };
  }

  /** The command that this step is about: the source of all that follows. */
  get processed(): RecordPosition {
    return this.#source;
  }

  /** Begins with a command from outside; it becomes the first record. */
  beginWith(draft: CommandDraft): CommandRecord {
    const { valueType, intent, key, value } = draft;
    const record = this.#append('COMMAND', valueType, intent, key, value, 'NULL_VAL', '') as CommandRecord;
    this.#source = record.position;
    return record;
  }

  /** Begins with a command that an earlier step left over. */
  continueWith(command: CommandRecord): void {
    this.#source = command.position;
  }

  /** The next follow-up command to process. */
  nextFollowUp(): CommandRecord | undefined {
    const next = this.#queue[this.#next];
    if (next === undefined) return undefined;
    this.#next += 1;
    this.#chainLength = next.chainLength;
    return next.command;
  }

  /** Follow-up commands that were not processed. */
  get leftOver(): readonly CommandRecord[] {
    return this.#queue.slice(this.#next).map(({ command }) => command);
  }

  nextKey(): Key {
    this.#keyCounter += 1;
    return keyOf(this.#ports.partitionId, this.#keyCounter);
  }

  event<V extends ValueType>(valueType: V, intent: EventIntent<V>, key: Key, value: ValueOf<V>): void {
    applyEvent(this.#ports.state.tables, { valueType, intent, key, value } as EventRecord);
    this.#append('EVENT', valueType, intent, key, value, 'NULL_VAL', '');
  }

  command<V extends ValueType>(
    valueType: V,
    intent: CommandIntent<V>,
    key: Key,
    value: ValueOf<V>,
    chainLength = this.#chainLength,
  ): void {
    const command = this.#append('COMMAND', valueType, intent, key, value, 'NULL_VAL', '') as CommandRecord;
    this.#queue.push({ command, chainLength: chainLength + 1 });
  }

  reject(command: CommandRecord, { type, reason }: Rejection): void {
    const { valueType, intent, key, value } = command;
    this.#append('COMMAND_REJECTION', valueType, intent, key, value, type, reason);
  }

  answer<V extends ValueType>(valueType: V, intent: EventIntent<V>, key: Key, value: ValueOf<V>): void {
    const last = this.records.at(-1);
    this.answered ??= { ...last, recordType: 'EVENT', valueType, intent, key, value } as EventRecord;
  }

  effect(effect: Effect): void {
    this.effects.push(effect);
  }

  isAwaited(key: Key): boolean {
    return this.awaited === key || this.#ports.isAwaited(key);
  }

  awaitOutcome(key: Key): void {
    this.awaited = key;
  }

  #append(
    recordType: EngineRecord['recordType'],
    valueType: ValueType,
    intent: string,
    key: Key,
    value: ValueOf<ValueType>,
    rejectionType: RejectionType,
    rejectionReason: string,
  ): EngineRecord {
    this.#position += 1;
    const record = {
      partitionId: this.#ports.partitionId,
      position: this.#position,
      sourceRecordPosition: this.#source,
      key,
      timestamp: this.nowMs,
      recordType,
      valueType,
      intent,
      rejectionType,
      rejectionReason,
      value,
      brokerVersion: BROKER_VERSION,
      recordVersion: 1,
    } as unknown as EngineRecord; // the callers' types say that intent and value belong to valueType
    this.records.push(record);
    return record;
  }
}
