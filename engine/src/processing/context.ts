import type { Document } from '../protocol/document.ts';
import type { Key } from '../protocol/key.ts';
import type { CommandRecord, RejectionType } from '../protocol/record.ts';
import type { CommandIntent, EventIntent, ValueOf, ValueType } from '../protocol/value-types.ts';
import type { Definitions } from '../state/definitions.ts';
import type { ReadState } from '../state/engine-state.ts';

/** The command that a processor is given. */
export type Command<V extends ValueType> = CommandRecord<V>;

/**
 * Decides on one kind of command: emits what follows, or returns a rejection before it has emitted anything. It can't
 * change anything itself.
 */
export type Processor<V extends ValueType> = (
  context: ProcessingContext,
  command: Command<V>,
) => Rejection | void;

/** Why a command is refused. `reason`: "Expected … but …". */
export type Rejection = { readonly type: RejectionType; readonly reason: string };

export function rejection(type: RejectionType, reason: string): Rejection {
  return { type, reason };
}

/** A command for any partition, before it has its place in one. */
export type CommandDraft = {
  [V in ValueType]: {
    readonly valueType: V;
    readonly intent: CommandIntent<V>;
    readonly key: Key;
    readonly value: ValueOf<V>;
  };
}[ValueType];

/** What happens outside of the partition once the step is durable. None may be needed for the state to be right. */
export type Effect =
  | { readonly kind: 'send'; readonly partitionId: number; readonly command: CommandDraft }
  | { readonly kind: 'jobsAvailable'; readonly type: string }
  | { readonly kind: 'settle'; readonly key: Key; readonly outcome: Outcome };

/** What a client that awaits something is told. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'completed'; readonly variables: Document }
  | { readonly kind: 'terminated' };

/** Limits that processors keep to. */
export type ProcessingLimits = {
  /** Commands in a row that may follow from one another without waiting for anything. */
  readonly chainLengthMax: number;
  /** Process instances inside each other that call activities may lead to. */
  readonly callDepthMax: number;
  /** Characters of the variables in one batch of jobs. */
  readonly jobBatchCharactersMax: number;
};

/** Everything a processor may use while it processes one command of one step. */
export interface ProcessingContext {
  readonly state: ReadState;
  readonly definitions: Definitions;
  readonly limits: ProcessingLimits;
  readonly partitionId: number;
  readonly partitions: number;
  /** Epoch milliseconds; the same for the whole step. */
  readonly nowMs: number;
  /** How many commands in a row have followed from one another, this one included. */
  readonly chainLength: number;
  /** A key that no other record of this partition has. */
  nextKey(): Key;
  /** Appends the event and applies it: `state` shows it at once. */
  event<V extends ValueType>(valueType: V, intent: EventIntent<V>, key: Key, value: ValueOf<V>): void;
  /**
   * Appends a follow-up command, which is processed after this one and those before it. It has followed from
   * `chainLength` others; less than those up to this one only where something else bounds how often that happens.
   */
  command<V extends ValueType>(
    valueType: V,
    intent: CommandIntent<V>,
    key: Key,
    value: ValueOf<V>,
    chainLength?: number,
  ): void;
  /** What the client gets once it is durable. Without one the client gets the first event of the command's own key. */
  answer<V extends ValueType>(valueType: V, intent: EventIntent<V>, key: Key, value: ValueOf<V>): void;
  effect(effect: Effect): void;
  /** Whether a client awaits what has this key: whether its outcome is worth collecting. */
  isAwaited(key: Key): boolean;
  /** The client of the command being processed is answered only by the effect `settle` with this key. */
  awaitOutcome(key: Key): void;
}
