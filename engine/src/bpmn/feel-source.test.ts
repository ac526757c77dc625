import fc from 'fast-check';
import { evaluate } from 'feelin';
import { expect, test } from 'vitest';
import { evaluateExpression, readExpression } from './expression.ts';

/** Expressions in which every value has the type that it should: there the guards must change nothing. */
const { number } = fc.letrec<{ number: string; list: string; truth: string }>((tie) => {
  const [number, list, truth] = [tie('number'), tie('list'), tie('truth')];
  const text =
    (...parts: readonly string[]) =>
    (filled: readonly string[]) =>
      parts.map((part, index) => `${part}${filled[index] ?? ''}`).join('');
  return {
    number: fc.oneof(
      { maxDepth: 3, withCrossShrink: true, depthIdentifier: 'feel' },
      fc.constantFrom('1', '7', 'a', 'b', '-2'),
      fc.tuple(number, number).map(text('(', ' + ', ')')),
      fc.tuple(truth, number, number).map(text('(if ', ' then ', ' else ', ')')),
      list.map((of) => `count(${of})`),
      fc.tuple(list, number).map(text('sum(for x in ', ' return x * ', ')')),
      fc.tuple(list, list, truth).map(text('count(for x in ', ', y in ', ' return ', ')')),
      fc.tuple(number, number).map(text('{k: ', ', m: k + ', '}.m')),
    ),
    list: fc.oneof(
      { maxDepth: 3, withCrossShrink: true, depthIdentifier: 'feel' },
      fc.constantFrom('xs', '[1, 2, 3]', '[]'),
      fc.tuple(list, number).map(text('', '[item > ', ']')),
      fc.tuple(list, truth).map(text('', '[item >= 0 and ', ']')),
      fc.tuple(list, number).map(text('append(', ', ', ')')),
      fc.tuple(list, number).map(text('(for x in ', ' return ', ')')),
      number.map((of) => `(for x in 1..3 return x + ${of})`),
      list.map((of) => `rows[a > 0].v[item > count(${of})] // next\n`),
    ),
    truth: fc.oneof(
      { maxDepth: 3, withCrossShrink: true, depthIdentifier: 'feel' },
      fc.tuple(number, number).map(text('', ' < ', '')),
      fc.tuple(number, number, number).map(text('', ' in [', '..', ']')),
      fc.tuple(number, number, number).map(text('', ' between ', ' and ', '')),
      fc.tuple(truth, truth).map(text('(', ' or ', ')')),
      truth.map((of) => `not(${of})`),
      fc.tuple(list, truth).map(text('(some x in ', ' satisfies ', ')')),
      fc.tuple(list, number).map(text('(every x in ', ' satisfies x > ', ')')),
    ),
  };
});

test('guards change no value of a well-typed expression', () => {
  const variables = { a: 3, b: 10, xs: [4, 0, 12], rows: [{ v: 1 }, { v: 5 }] };
  const variable = (name: string) => variables[name as keyof typeof variables];
  fc.assert(
    fc.property(number, (source) => {
      const plain = evaluate(source, variables, 'camunda').value;
      const guarded = evaluateExpression(readExpression(`= ${source}`), { variable, nowMs: 0 });
      expect(guarded).toEqual({ ok: true, value: plain === 0 ? 0 : plain }); // JSON knows no -0
    }),
    { numRuns: process.env['THROUGHLINE_LONG'] === '1' ? 5_000 : 300 },
  );
});
