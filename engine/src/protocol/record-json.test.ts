import fc from 'fast-check';
import { expect, test } from 'vitest';
import { json } from './record-json.ts';

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
