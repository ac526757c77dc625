import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVERY, memberPath, PATH_VALUES_MAX, PathError, parsePath, valuesAt } from './path.ts';

const EVENT = {
  data: {
    order: 42,
    customer: { id: ' C-7 ', 'e.mail': 'a@b.c', vip: true },
    items: [{ sku: 'a' }, { sku: 'b' }, { sku: 'a' }, { none: 1 }, null, 'x'],
    empty: '',
    nothing: null,
  },
  subject: 'order/42',
};

describe('a path', () => {
  it.each([
    ['subject', ['subject']],
    ['data.order', ['data', 'order']],
    ['data.order-id', ['data', 'order-id']],
    ['data.Straße.größe', ['data', 'Straße', 'größe']],
    ['data[0]', ['data', 0]],
    ['data[*].id', ['data', EVERY, 'id']],
    ['data["a.b"]["\\"\\u00e9"].c', ['data', 'a.b', '"é', 'c']],
    ['data[""]', ['data', '']],
    ['data.__proto__.x', ['data', '__proto__', 'x']],
  ])('%s is read', (text, steps) => {
    expect(parsePath(text)).toEqual({ text, steps });
  });

  it.each([
    ['', 'expected a name at character 1'],
    ['.data', 'expected a name at character 1'],
    ['data.', 'expected a name at character 6'],
    ['data..id', 'expected a name at character 6'],
    ['data id', "expected '.', '[' or the end at character 5"],
    ['[0]', 'expected a name at character 1'],
    ['data[0', 'expected a number, * or a name in double quotes, then ] at character 6'],
    ['data[-1]', 'expected a number, * or a name in double quotes, then ] at character 6'],
    ['data[id]', 'expected a number, * or a name in double quotes, then ] at character 6'],
    ["data['id']", 'expected a number, * or a name in double quotes, then ] at character 6'],
    ['data["id]', 'expected a number, * or a name in double quotes, then ] at character 6'],
    ['data["\\x"]', 'expected a number, * or a name in double quotes, then ] at character 6'],
    ['data[12345678]', 'expected a number, * or a name in double quotes, then ] at character 6'],
    ['data.*', 'expected a name at character 6'],
    ['data[0]id', "expected '.', '[' or the end at character 8"],
    [`data${'.a'.repeat(32)}`, 'a path has at most 32 steps: there is one too many at character 67'],
    ['d'.repeat(513), 'a path has at most 512 characters: it is too long at character 513'],
  ])('%j is refused with the place', (text, message) => {
    expect(() => parsePath(text)).toThrow(
      new PathError(message.replace(/ at character \d+$/, ''), Number(/\d+$/.exec(message)?.[0])),
    );
    expect(() => parsePath(text)).toThrow(message);
  });

  it('of any member is read as that member', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (member) => {
        expect(parsePath(memberPath('data', member)).steps).toEqual(['data', member]);
      }),
    );
  });

  it('of any text is read or refused, never more, and reads any value', () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^[a-z.[\]"*0-9\\]{0,20}$/));
    fc.assert(
      fc.property(texts, fc.jsonValue(), (text, value) => {
        try {
          for (const found of valuesAt(parsePath(text), { data: value, a: value })) {
            expect(found).toBe(found.trim());
            expect(found).not.toBe('');
          }
        } catch (error) {
          expect(error).toBeInstanceOf(PathError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the values at a path', () => {
  it.each([
    ['subject', ['order/42']],
    ['data.order', ['42']],
    ['data.customer.id', ['C-7']],
    ['data.customer["e.mail"]', ['a@b.c']],
    ['data.customer.vip', ['true']],
    ['data.items[1].sku', ['b']],
    ['data.items[*].sku', ['a', 'b']],
    ['data.items[*]', ['x']],
    ['data.items', []],
    ['data.customer', []],
    ['data.empty', []],
    ['data.nothing', []],
    ['data.nothing.more', []],
    ['data.items[9].sku', []],
    ['data[0]', []],
    ['data.items.length', []],
    ['data.items["0"]', []],
    ['data.customer.constructor.name', []],
    ['data.order[*]', []],
    ['nowhere', []],
  ])('%s', (text, values) => {
    expect(valuesAt(parsePath(text), EVENT)).toEqual(values);
  });

  it('are not more than are wanted, however many there are', () => {
    const many = Array.from({ length: 1000 }, (_, index) => index);
    expect(valuesAt(parsePath('data[*]'), { data: many })).toHaveLength(PATH_VALUES_MAX);
    const wide = Array.from({ length: 300 }, () => Array.from({ length: 300 }, () => ''));
    expect(valuesAt(parsePath('data[*][*]'), { data: wide })).toEqual([]);
  });
});
