import type { Key } from './key.ts';
import type { CommandIntent, EventIntent, ValueOf, ValueType } from './value-types.ts';

/** Counts the records of one partition from 1 on, without gaps. */
export type RecordPosition = number & { readonly __brand: 'RecordPosition' };

/** Before every record, and the source of what came from outside. */
export const NO_POSITION: RecordPosition = -1 as RecordPosition;

export type RejectionType =
  | 'NULL_VAL'
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'INVALID_STATE'
  | 'PROCESSING_ERROR'
  | 'EXCEEDED_BATCH_RECORD_SIZE';

type RecordBase<V extends ValueType> = {
  readonly partitionId: number;
  readonly position: RecordPosition;
  /** The command whose processing wrote this record; -1 for commands from outside. */
  readonly sourceRecordPosition: RecordPosition;
  readonly key: Key;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly valueType: V;
  readonly value: ValueOf<V>;
  readonly rejectionType: RejectionType;
  readonly rejectionReason: string;
  readonly brokerVersion: string;
  readonly recordVersion: number;
};

export type CommandRecord<V extends ValueType = ValueType> = {
  [T in V]: RecordBase<T> & { readonly recordType: 'COMMAND'; readonly intent: CommandIntent<T> };
}[V];

export type EventRecord<V extends ValueType = ValueType> = {
  [T in V]: RecordBase<T> & { readonly recordType: 'EVENT'; readonly intent: EventIntent<T> };
}[V];

export type RejectionRecord<V extends ValueType = ValueType> = {
  [T in V]: RecordBase<T> & { readonly recordType: 'COMMAND_REJECTION'; readonly intent: CommandIntent<T> };
}[V];

/** One entry of a partition's history, with the names of Zeebe's exporter records. */
export type EngineRecord<V extends ValueType = ValueType> =
  | CommandRecord<V>
  | EventRecord<V>
  | RejectionRecord<V>;
