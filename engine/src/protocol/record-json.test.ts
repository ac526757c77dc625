import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EngineRecord } from './record.ts';
import { json, recordToJson } from './record-json.ts';
import { VALUE_TYPES, type ValueType, withDefaults } from './value-types.ts';

test('without bigints it is what JSON.stringify writes', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(value, (one) => {
      expect(json(one)).toBe(JSON.stringify(one));
    }),
  );
  const odd = [undefined, Number.NaN, Number.POSITIVE_INFINITY, 1e300, -0, { a: undefined, b: [null] }];
  expect(json(odd)).toBe(JSON.stringify(odd));
});

test('bigints are whole numerals, exact beyond 2^53', () => {
  expect(json({ key: 11_258_999_068_426_243n, keys: [-1n] })).toBe('{"key":11258999068426243,"keys":[-1]}');
});

test('any text is escaped as JSON.stringify does, halves of surrogate pairs too', () => {
  const text = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));
  fc.assert(fc.property(text, (one) => json(one) === JSON.stringify(one)));
  for (let unit = 0; unit <= 0xffff; unit += 1) {
    const one = String.fromCharCode(unit);
    if (json(one) !== JSON.stringify(one)) expect.fail(`U+${unit.toString(16)} is written as ${json(one)}`);
  }
});

test('a record of any type has its fields once, the value last and with all that is not internal', () => {
  for (const [valueType, schema] of Object.entries(VALUE_TYPES)) {
    const value = withDefaults(valueType as ValueType, {});
    const record = {
      partitionId: 1,
      position: 2,
      sourceRecordPosition: -1,
      key: 2n ** 53n + 1n,
      timestamp: 3,
      recordType: 'COMMAND_REJECTION',
      valueType,
      intent: schema.commands[0] ?? schema.events[0],
      rejectionType: 'INVALID_STATE',
      rejectionReason: 'Expected "a", but got \\',
      value,
      brokerVersion: '0.1.0',
      recordVersion: 1,
    } as unknown as EngineRecord;
    const text = recordToJson(record);
    const { value: written, key, ...others } = JSON.parse(text) as Record<string, object>;
    const { value: _, key: __, ...expected } = record;
    expect(others).toEqual(expected);
    expect(text).toContain(`"key":9007199254740993,`);
    expect(Object.keys(JSON.parse(text) as object).at(-1)).toBe('value');
    expect(Object.keys(written ?? {})).toEqual(schema.fields.filter((field) => !schema.internal.has(field)));
    expect(recordToJson(record)).toBe(text); // also when the value was written just before
    expect(Number(key)).toBe(Number(record.key));
  }
});
