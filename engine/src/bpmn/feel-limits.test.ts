import { expect, test } from 'vitest';
import { evaluateExpression, type JsonValue, readExpression } from './expression.ts';

const evaluated = (source: string, variables: Readonly<Record<string, JsonValue>> = {}) =>
  evaluateExpression(readExpression(`= ${source}`), { variable: (name) => variables[name], nowMs: 0 });

const failure = (reason: string) => ({ ok: false, message: expect.stringContaining(reason) });
const tooMany = failure('Expected loops and filters to go through at most 250000 elements');
/** The clock comes first on a busy machine. */
const tooMuch = { ok: false, message: expect.stringMatching(/at most (250000 elements|2000 ms)/) };
const tooLong = failure('Expected the evaluation to take at most 2000 ms');

/** Not the machine's speed is tested, but that it does not go on for ever. */
function shortly<Value>(run: () => Value): Value {
  const startedMs = performance.now();
  const value = run();
  expect(performance.now() - startedMs).toBeLessThan(20_000);
  return value;
}

test('a range that counts through too many numbers fails at once', () => {
  expect(evaluated('for i in 1..1000000000 return i')).toEqual(tooMany);
  expect(evaluated('count(for i in 1..n return i)', { n: 1e15 })).toEqual(tooMany);
  expect(evaluated('some i in 1..1000000000 satisfies i < 0')).toEqual(tooMany);
  expect(evaluated('every i in 1..1000000000 satisfies i > 0')).toEqual(tooMany);
});

test('the steps of nested loops count together, but not those of several evaluations', () => {
  expect(evaluated('for i in 1..600, j in 1..500 return i')).toEqual(tooMany);
  expect(evaluated('for i in 1..6 return count(for j in 1..50000 return j)')).toEqual(tooMany);
  for (const _ of [1, 2, 3])
    expect(evaluated('count(for i in 1..60000 return i)')).toEqual({ ok: true, value: 60_000 });
});

test('a range whose end is never hit is refused instead of counted through for ever', () => {
  const missed = failure('from one whole number to another');
  expect(evaluated('for i in 1..1.5 return i')).toEqual(missed);
  expect(evaluated('for i in 1..n return i', { n: 2 ** 60 })).toEqual(missed);
  expect(evaluated('for i in 3..1 return i')).toEqual({ ok: true, value: [3, 2, 1] });
});

const xs = Array.from({ length: 2_000 }, (_, index) => index);

test.each([
  'count(for a in xs, b in xs, c in xs return 1)',
  'for a in xs return count(for b in xs return a * b)',
  'for a in xs return count(xs[item > a])',
  'some a in xs, b in xs satisfies a + b < 0',
  'every a in xs satisfies every b in xs[item >= 0] satisfies b >= 0',
  '(function(list) count(for a in list, b in list return 1))(xs)',
])('nested loops and filters over long lists come to an end: %s', (source) => {
  expect(evaluated(source, { xs })).toEqual(tooMuch);
});

test('one loop or filter over a long list is no such', () => {
  const long = Array.from({ length: 100_000 }, (_, index) => index);
  expect(evaluated('count(long[item >= 0]) + count(for x in long return x)', { long })).toEqual({
    ok: true,
    value: 200_000,
  });
});

test.each([
  'matches(text, "^(a+)+$")',
  'replace(text, "(a|a)*$", "b")',
  'split(text, "(a+)+c")',
  'if true then matches(text, pattern) else false',
])('a regular expression that goes back and forth is stopped, and what comes next is not: %s', (source) => {
  const variables = { text: `${'a'.repeat(50)}b`, pattern: '(x+x+)+y|(a+)+$' };
  expect(shortly(() => evaluated(source, variables))).toEqual(tooLong);
  expect(evaluated('matches(text, "^a+b$")', variables)).toEqual({ ok: true, value: true });
});

/** `{a: [1, 1], b: [a, a], c: [b, b], …}`: each entry doubles the one before. */
const doubling = (last: string): string => {
  const names = Array.from({ length: 60 }, (_, index) => `n${index}`);
  return `{n0: ${last}, ${names.slice(1).map((name, index) => `${name}: [n${index}, n${index}]`)}}`;
};

test('what is short as an expression and endless as a value is refused', () => {
  const tooLarge = failure('the value has more than 20000000 characters and values');
  expect(shortly(() => evaluated(doubling('1')))).toEqual(tooLarge);
  expect(shortly(() => evaluated(`${doubling('1')} = ${doubling('1')}`))).toEqual(tooLong);
  expect(
    shortly(() => evaluated('for i in 1..40 return if i = 1 then "abc" else partial[-1] + partial[-1]')).ok,
  ).toBe(false);
});

test('names that only a literal makes known are still known in loops and filters', () => {
  expect(evaluated('for x in [{"a-b": 1}] return x.a-b')).toEqual({ ok: true, value: [1] });
  expect(evaluated('[{"a b": 1}, {"a b": 2}][a b > n]', { n: 1 })).toEqual({
    ok: true,
    value: [{ 'a b': 2 }],
  });
});
