/**
 * How a batch is stored: a version byte, then MessagePack of the fields of `StoredBatch`. A value is stored as the list
 * of its fields in the order of its schema, or as the index of an earlier record of the batch with the very same value.
 */
import { Packr } from 'msgpackr';
import { type EngineRecord, NO_POSITION, type RecordPosition } from './record.ts';
import { decodeValue, encodeValue } from './value-codec.ts';
import type { AnySchema } from './value-schema.ts';
import { VALUE_TYPES, type ValueType } from './value-types.ts';

/** What one step of a partition wrote: a command and all that followed from it. In the log wholly or not at all. */
export type RecordBatch = {
  readonly records: readonly EngineRecord[];
  /** The command that was processed: the first of these records, or one that an earlier batch left over. */
  readonly processed: RecordPosition;
  /** Follow-up commands among these records that a later batch will process. */
  readonly leftOver: readonly RecordPosition[];
  /** How many commands in a row have followed from one another without anything to wait for. */
  readonly chainLength: number;
  /** The last number that was given to a key. */
  readonly keyCounter: number;
};

/** Thrown for a batch that a newer version of this software wrote, or that is none. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
}

/** The version of the engine that writes: what `brokerVersion` says in its records. */
export const BROKER_VERSION = '0.1.0';
const VERSION = 1;
const RECORD_VERSION = 1;
const KINDS = ['COMMAND', 'EVENT', 'COMMAND_REJECTION'] as const;

type StoredRecord = [tag: number, key: bigint, value: unknown[] | number, type?: string, reason?: string];
type StoredBatch = [
  brokerVersion: string,
  partitionId: number,
  firstPosition: number,
  timestamp: number,
  processed: number,
  leftOver: readonly number[],
  chainLength: number,
  keyCounter: number,
  records: StoredRecord[],
];

type NamedSchema = { readonly valueType: ValueType; readonly schema: AnySchema };
const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });
const schemasByCode = new Map<number, NamedSchema>(
  Object.entries(VALUE_TYPES).map(([valueType, schema]) => [
    schema.code,
    { valueType: valueType as ValueType, schema: schema },
  ]),
);
const tags = intentTags();

/** The bytes of the batch. All its records are of one partition and one time and follow each other without gaps. */
export function encodeBatch(batch: RecordBatch): Uint8Array {
  const first = batch.records[0];
  if (first === undefined) throw new CodecError('A batch has at least one record');
  const seen = new Map<object, number>();
  const records = batch.records.map((record, index) => storedRecord(record, index, seen));
  const stored: StoredBatch = [
    first.brokerVersion,
    first.partitionId,
    first.position,
    first.timestamp,
    batch.processed,
    batch.leftOver,
    batch.chainLength,
    batch.keyCounter,
    records,
  ];
  const packed = packr.pack(stored);
  const bytes = Buffer.allocUnsafe(packed.length + 1);
  bytes[0] = VERSION;
  bytes.set(packed, 1);
  return bytes;
}

/** Throws CodecError. */
export function decodeBatch(bytes: Uint8Array): RecordBatch {
  const version = bytes[0];
  if (version !== VERSION) {
    throw new CodecError(
      `A batch of format version ${version}; this software reads ${VERSION}. Upgrade first.`,
    );
  }
  const [
    broker,
    partitionId,
    firstPosition,
    timestamp,
    processed,
    leftOver,
    chainLength,
    keyCounter,
    stored,
  ] = packr.unpack(bytes.subarray(1)) as StoredBatch;
  const records: EngineRecord[] = [];
  for (const [index, [tag, key, value, rejectionType, rejectionReason]] of stored.entries()) {
    const { valueType, schema } = schemaOf(tag);
    const recordType = KINDS[(tag & 3) as 0 | 1 | 2];
    const intents = recordType === 'EVENT' ? schema.events : schema.commands;
    const intent = intents[(tag >> 2) & 0xff];
    if (intent === undefined) throw newer(tag);
    const position = firstPosition + index;
    records.push({
      partitionId,
      position,
      sourceRecordPosition: position === processed ? NO_POSITION : processed,
      key,
      timestamp,
      recordType,
      valueType,
      intent,
      rejectionType: rejectionType ?? 'NULL_VAL',
      rejectionReason: rejectionReason ?? '',
      value: typeof value === 'number' ? records[value]?.value : decodeValue(schema, value),
      brokerVersion: broker,
      recordVersion: RECORD_VERSION,
    } as unknown as EngineRecord); // intent and value belong to valueType: they were written so
  }
  return {
    records,
    processed: processed as RecordPosition,
    leftOver: leftOver as RecordPosition[],
    chainLength,
    keyCounter,
  };
}

function storedRecord(record: EngineRecord, index: number, seen: Map<object, number>): StoredRecord {
  const tag = tags.get(record.valueType)?.[record.recordType]?.get(record.intent);
  if (tag === undefined) throw new CodecError(`There is no ${record.valueType} ${record.intent}`);
  const earlier = seen.get(record.value);
  let value: unknown[] | number;
  if (earlier === undefined) {
    seen.set(record.value, index);
    value = encodeValue(VALUE_TYPES[record.valueType], record.value);
  } else {
    value = earlier;
  }
  return record.recordType === 'COMMAND_REJECTION'
    ? [tag, record.key, value, record.rejectionType, record.rejectionReason]
    : [tag, record.key, value];
}

function schemaOf(tag: number): NamedSchema {
  const found = schemasByCode.get(tag >> 10);
  if (found === undefined) throw newer(tag);
  return found;
}

function newer(tag: number): CodecError {
  return new CodecError(
    `A record of a kind (${tag}) that a newer version of this software writes. Upgrade first.`,
  );
}

/** Kind in the lowest two bits, then eight for the intent, then the code of the value type. */
function intentTags() {
  const all = new Map<string, Record<(typeof KINDS)[number], Map<string, number>>>();
  for (const { valueType, schema } of schemasByCode.values()) {
    const tagged = (intents: readonly string[], kind: number): Map<string, number> =>
      new Map(intents.map((intent, index) => [intent, (schema.code << 10) | (index << 2) | kind]));
    all.set(valueType, {
      COMMAND: tagged(schema.commands, 0),
      EVENT: tagged(schema.events, 1),
      COMMAND_REJECTION: tagged(schema.commands, 2),
    });
  }
  return all;
}
