import { expect, test } from 'vitest';
import { evaluateExpression, readExpression } from './expression.ts';

const evaluated = (source: string, variables: Readonly<Record<string, number>> = {}) =>
  evaluateExpression(readExpression(`= ${source}`), { variable: (name) => variables[name], nowMs: 0 });

const tooMany = {
  ok: false,
  message: expect.stringContaining('Expected ranges to count through at most 100000 numbers'),
};

test('a range that counts through too many numbers fails at once', () => {
  expect(evaluated('for i in 1..1000000000 return i')).toEqual(tooMany);
  expect(evaluated('count(for i in 1..n return i)', { n: 1e15 })).toEqual(tooMany);
  expect(evaluated('some i in 1..1000000000 satisfies i < 0')).toEqual(tooMany);
  expect(evaluated('every i in 1..1000000000 satisfies i > 0')).toEqual(tooMany);
});

test('the ranges of nested loops count together, but not those of several evaluations', () => {
  expect(evaluated('for i in 1..1000, j in 1..1000 return i')).toEqual(tooMany);
  expect(evaluated('for i in 1..1000 return count(for j in 1..1000 return j)')).toEqual(tooMany);
  for (const _ of [1, 2, 3])
    expect(evaluated('count(for i in 1..60000 return i)')).toEqual({ ok: true, value: 60_000 });
});

test('a range whose end is never hit is refused instead of counted through for ever', () => {
  const missed = { ok: false, message: expect.stringContaining('from one whole number to another') };
  expect(evaluated('for i in 1..1.5 return i')).toEqual(missed);
  expect(evaluated('for i in 1..n return i', { n: 2 ** 60 })).toEqual(missed);
  expect(evaluated('for i in 3..1 return i')).toEqual({ ok: true, value: [3, 2, 1] });
});
