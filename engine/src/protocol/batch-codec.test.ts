import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBatch, encodeBatch, type RecordBatch } from './batch-codec.ts';
import { counterOf, formatKey, type Key, keyOf, parseKey, partitionOf } from './key.ts';
import type { EngineRecord } from './record.ts';
import { recordToJson } from './record-json.ts';
import type { AnySchema } from './value-schema.ts';
import { VALUE_TYPES, type ValueType } from './value-types.ts';

const key = fc.bigInt({ min: -1n, max: (1n << 62n) - 1n }) as fc.Arbitrary<Key>;
const text = fc.string({ unit: 'grapheme', maxLength: 20 });

/** Any value of the type: each field like its default. */
function anyValueOf(schema: AnySchema): fc.Arbitrary<object> {
  const fields = Object.entries(schema.defaults).map(([name, example]) => {
    const list = schema.lists.get(name);
    if (list !== undefined) return [name, fc.array(anyValueOf(list), { maxLength: 3 })];
    if (schema.documents.has(name))
      return [name, fc.dictionary(text, fc.jsonValue()).map((v) => JSON.stringify(v))];
    if (typeof example === 'bigint') return [name, key];
    if (typeof example === 'number')
      return [name, fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true })).map((n) => n + 0)];
    if (typeof example === 'string') return [name, text];
    if (typeof example === 'boolean') return [name, fc.boolean()];
    return [name, fc.array(fc.oneof(key, text), { maxLength: 3 })];
  });
  return fc.record(Object.fromEntries(fields));
}

const kinds = Object.entries(VALUE_TYPES).flatMap(([valueType, schema]) => [
  ...schema.commands.map((intent) => ({
    valueType,
    schema: schema as AnySchema,
    intent,
    recordType: 'COMMAND',
  })),
  ...schema.events.map((intent) => ({ valueType, schema: schema as AnySchema, intent, recordType: 'EVENT' })),
  ...schema.commands.map((intent) => ({
    valueType,
    schema: schema as AnySchema,
    intent,
    recordType: 'COMMAND_REJECTION',
  })),
]);

const draft = fc.constantFrom(...kinds).chain(({ valueType, schema, intent, recordType }) =>
  fc.record({
    valueType: fc.constant(valueType),
    recordType: fc.constant(recordType),
    intent: fc.constant(intent),
    key,
    value: anyValueOf(schema),
    rejectionType: fc.constant(recordType === 'COMMAND_REJECTION' ? 'NOT_FOUND' : 'NULL_VAL'),
    rejectionReason: recordType === 'COMMAND_REJECTION' ? text : fc.constant(''),
  }),
);

const batch: fc.Arbitrary<RecordBatch> = fc
  .record({
    drafts: fc.array(draft, { minLength: 1, maxLength: 12 }),
    first: fc.integer({ min: 1, max: 2 ** 50 }),
    partitionId: fc.integer({ min: 1, max: 1024 }),
    isNew: fc.boolean(),
    timestamp: fc.integer({ min: 0, max: 4e12 }),
    chainLength: fc.nat(100),
    keyCounter: fc.nat(),
  })
  .map(({ drafts, first, partitionId, isNew, timestamp, chainLength, keyCounter }) => {
    const processed = isNew ? first : Math.max(1, first - 1);
    const records = drafts.map((one, index) => ({
      ...one,
      partitionId,
      position: first + index,
      sourceRecordPosition: first + index === processed ? -1 : processed,
      timestamp,
      brokerVersion: '0.1.0',
      recordVersion: 1,
    }));
    return { records, processed, leftOver: [first], chainLength, keyCounter } as unknown as RecordBatch;
  });

test('a batch is read as it was written', () => {
  fc.assert(
    fc.property(batch, (one) => {
      expect(decodeBatch(encodeBatch(one))).toEqual(one);
    }),
  );
});

test('records with the very same value share it in the log', () => {
  const value = { ...VALUE_TYPES.JOB.defaults, type: 'x'.repeat(1000) };
  const record = {
    ...fc.sample(batch, { seed: 1, numRuns: 1 })[0]?.records[0],
    valueType: 'JOB',
    intent: 'CREATED',
    recordType: 'EVENT',
    value,
  } as EngineRecord;
  const of = (records: EngineRecord[]): RecordBatch =>
    ({ records, processed: record.position, leftOver: [], chainLength: 1, keyCounter: 1 }) as RecordBatch;
  const once = encodeBatch(of([record])).length;
  expect(encodeBatch(of([record, record, record])).length).toBeLessThan(once + 50);
});

test('a newer format is refused', () => {
  const bytes = encodeBatch(fc.sample(batch, { seed: 1, numRuns: 1 })[0] as RecordBatch);
  bytes[0] = 2;
  expect(() => decodeBatch(bytes)).toThrow(/format version 2.*Upgrade first/);
});

test('a key is exact in partition and number, and is shown and read as people see it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1023 }),
      fc.integer({ min: 0, max: 2 ** 51 - 1 }),
      (partition, counter) => {
        const made = keyOf(partition, counter);
        expect([partitionOf(made), counterOf(made)]).toEqual([partition, counter]);
        expect(parseKey(formatKey(made))).toBe(made);
        expect(parseKey(String(made))).toBe(made);
      },
    ),
  );
  expect(formatKey(2251799813685250n as Key)).toBe('1-2');
  expect(parseKey('2-x')).toBeUndefined();
});

test('JSON has keys as exact numerals and documents as objects, and nothing internal', () => {
  const value = {
    ...VALUE_TYPES.PROCESS_INSTANCE.defaults,
    processInstanceKey: keyOf(7, 42),
    takenFlowIds: ['f'],
  };
  const created = {
    ...VALUE_TYPES.PROCESS_INSTANCE_CREATION.defaults,
    variables: '{"a":[1,{"b":null}]}',
  };
  const whole = fc.sample(batch, { seed: 1, numRuns: 1 })[0]?.records[0];
  const record = (valueType: ValueType, one: object): EngineRecord =>
    ({ ...whole, valueType, value: one, key: keyOf(7, 43) }) as unknown as EngineRecord;
  const text = recordToJson(record('PROCESS_INSTANCE', value));
  expect(text).toContain('"key":15762598695796779');
  expect(text).toContain('"processInstanceKey":15762598695796778');
  expect(text).not.toContain('takenFlowIds');
  expect(JSON.parse(recordToJson(record('PROCESS_INSTANCE_CREATION', created))).value.variables).toEqual({
    a: [1, { b: null }],
  });
});

test('no two value types have one code, and the numbers of released ones never change', () => {
  const format = Object.fromEntries(
    Object.entries(VALUE_TYPES).map(([name, { code, commands, events, fields }]) => [
      name,
      { code, commands, events, fields },
    ]),
  );
  const codes = Object.values(format).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  expect(format).toMatchSnapshot();
});
