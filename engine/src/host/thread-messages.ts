/**
 * What crosses between the thread of the clients and that of a partition: frames of messages, as MessagePack with
 * records in the form of the log. That costs 3 µs for a job both ways, a structured clone 7.
 */
import { Packr } from 'msgpackr';
import type { ExporterStatus } from '../export/exporter-task.ts';
import { LogError, type LogErrorCode, type LogPlace } from '../log/index.ts';
import type { CommandDraft, Outcome } from '../processing/context.ts';
import { BROKER_VERSION } from '../protocol/batch-codec.ts';
import type { EventRecord, RejectionType } from '../protocol/record.ts';
import { decodeValue, encodeValue } from '../protocol/value-codec.ts';
import { VALUE_TYPES, type ValueType } from '../protocol/value-types.ts';
import type { Reply } from '../stream/partition.ts';
import type { EngineProblem } from './upkeep.ts';

/** To the partition. */
export type Request =
  | readonly ['submit', id: number, command: StoredCommand]
  | readonly ['send', command: Uint8Array]
  | readonly ['reopen']
  /** So many bytes of records were taken. */
  | readonly ['recordsTaken', bytes: number]
  | readonly ['close'];

/** From the partition. */
export type Report =
  | readonly ['opened', error: StoredError | undefined]
  /** The command is done with, though not what its client awaits. */
  | readonly ['taken', id: number]
  | readonly ['reply', id: number, reply: StoredReply]
  | readonly ['send', partitionId: number, command: Uint8Array]
  /** Whether there are jobs of the type now, and how often it was told that there is one since the last frame. */
  | readonly ['jobs', type: string, areThere: boolean, times: number]
  | readonly ['records', batch: Uint8Array]
  | readonly ['failed', error: StoredError]
  | readonly ['problem', problem: EngineProblem]
  | readonly ['exporters', status: readonly ExporterStatus[]]
  | readonly ['closed', error: StoredError | undefined];

export type StoredCommand = readonly [
  valueType: ValueType,
  intent: string,
  key: bigint,
  value: readonly unknown[],
];
type StoredEvent = readonly [
  StoredCommand,
  partitionId: number,
  position: number,
  source: number,
  time: number,
];
type StoredReply =
  | readonly ['done', StoredEvent]
  | readonly ['outcome', StoredEvent, Outcome]
  | readonly ['rejected', RejectionType, reason: string]
  | readonly ['unknown', StoredError | undefined];
export type StoredError = readonly [
  name: string,
  message: string,
  code: string | undefined,
  place?: LogPlace,
];

const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });

export function storeCommand({ valueType, intent, key, value }: CommandDraft): StoredCommand {
  return [valueType, intent, key, encodeValue(VALUE_TYPES[valueType], value)];
}

export function readCommand([valueType, intent, key, value]: StoredCommand): CommandDraft {
  return { valueType, intent, key, value: decodeValue(VALUE_TYPES[valueType], value) } as CommandDraft;
}

/** A command that the thread between the partitions need not look into. */
export function packCommand(command: CommandDraft): Uint8Array {
  return new Uint8Array(packr.pack(storeCommand(command))); // the buffer is packr's own
}

export function unpackCommand(bytes: Uint8Array): CommandDraft {
  return readCommand(packr.unpack(bytes) as StoredCommand);
}

export function storeReply(reply: Reply): StoredReply {
  switch (reply.kind) {
    case 'done':
      return ['done', storeEvent(reply.event)];
    case 'outcome':
      return ['outcome', storeEvent(reply.event), reply.outcome];
    case 'rejected':
      return ['rejected', reply.type, reply.reason];
    case 'unknown':
      return ['unknown', reply.cause === undefined ? undefined : storeError(reply.cause)];
  }
}

export function readReply(stored: StoredReply): Reply {
  switch (stored[0]) {
    case 'done':
      return { kind: 'done', event: readEvent(stored[1]) };
    case 'outcome':
      return { kind: 'outcome', event: readEvent(stored[1]), outcome: stored[2] };
    case 'rejected':
      return { kind: 'rejected', type: stored[1], reason: stored[2] };
    case 'unknown':
      return { kind: 'unknown', cause: stored[1] === undefined ? undefined : readLogError(stored[1]) };
  }
}

export function storeError(error: unknown): StoredError {
  if (!(error instanceof Error)) return ['Error', String(error), undefined];
  if (!(error instanceof LogError)) return [error.name, error.message, undefined];
  const { name, message, code, place } = error;
  return place === undefined ? [name, message, code] : [name, message, code, place];
}

/** The error with its name and message; a LogError is one again. */
export function readError(stored: StoredError): Error {
  const [name, message] = stored;
  if (name === 'LogError') return readLogError(stored);
  return Object.assign(new Error(message), { name });
}

function readLogError([, message, code, place]: StoredError): LogError {
  return new LogError((code ?? 'failed') as LogErrorCode, message, place === undefined ? {} : { place });
}

function storeEvent(event: EventRecord): StoredEvent {
  const { partitionId, position, sourceRecordPosition, timestamp } = event;
  const command = storeCommand(event as unknown as CommandDraft); // the same but for the intent's type
  return [command, partitionId, position, sourceRecordPosition, timestamp];
}

function readEvent([
  content,
  partitionId,
  position,
  sourceRecordPosition,
  timestamp,
]: StoredEvent): EventRecord {
  return {
    ...readCommand(content),
    partitionId,
    position,
    sourceRecordPosition,
    timestamp,
    recordType: 'EVENT',
    rejectionType: 'NULL_VAL',
    rejectionReason: '',
    brokerVersion: BROKER_VERSION,
    recordVersion: 1,
  } as unknown as EventRecord; // the intent is that of an event: it was written so
}
