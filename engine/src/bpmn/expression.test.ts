import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type EvaluationContext,
  evaluateBoolean,
  evaluateCorrelationKey,
  evaluateExpression,
  evaluateList,
  evaluateNumber,
  evaluateString,
  evaluateStringList,
  evaluateTimerText,
  type JsonValue,
  readExpression,
  syntaxProblemOf,
  variableNamesOf,
} from './expression.ts';

const nowMs = Date.UTC(2026, 10, 24, 23, 30);

function given(variables: Readonly<Record<string, JsonValue>>): EvaluationContext {
  return {
    variable: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
    nowMs,
  };
}

function valueGivenBy(text: string, variables: Readonly<Record<string, JsonValue>> = {}): JsonValue {
  const outcome = evaluateExpression(readExpression(text), given(variables));
  if (!outcome.ok) throw new Error(outcome.message);
  return outcome.value;
}

describe('an expression', () => {
  it('is FEEL after an equals sign and text without', () => {
    expect(readExpression(' = a + 1 ')).toEqual({ kind: 'feel', source: 'a + 1' });
    expect(readExpression('payment-service')).toEqual({ kind: 'static', value: 'payment-service' });
  });

  it('reads variables, paths, lists and functions', () => {
    const variables = { amount: 12, order: { id: 'o-1', items: [{ price: 3 }, { price: 8 }] }, limit: 5 };
    expect(valueGivenBy('=amount > 10', variables)).toBe(true);
    expect(valueGivenBy('=order.id', variables)).toBe('o-1');
    expect(valueGivenBy('=order.items[item.price > limit].price', variables)).toEqual([8]);
    expect(valueGivenBy('=sum(for i in order.items return i.price)', variables)).toBe(11);
    expect(valueGivenBy('=if amount > 10 then {level: "high", of: amount} else null', variables)).toEqual({
      level: 'high',
      of: 12,
    });
    expect(valueGivenBy('=string length(order.id) + count(order.items)', variables)).toBe(5);
    expect(valueGivenBy('=`order-id` + 1 // next', { 'order-id': 4 })).toBe(5);
  });

  it('gives the same at every evaluation and forgets earlier variables', () => {
    const expression = readExpression('=get or else(amount, 0) * 2');
    const amounts = [3, undefined, 4];
    const results = amounts.map((amount) =>
      evaluateNumber(expression, given(amount === undefined ? {} : { amount })),
    );
    expect(results).toEqual([
      { ok: true, value: 6 },
      { ok: true, value: 0 },
      { ok: true, value: 8 },
    ]);
  });

  it('asks only for the variables it names', () => {
    const asked: string[] = [];
    const context = { nowMs, variable: (name: string) => void asked.push(name) };
    evaluateExpression(readExpression('=a.b + count(c) > 1 and now() > d'), context);
    expect(asked).toEqual(['a', 'c', 'd']);
    expect(variableNamesOf(readExpression('=a.b + count(c) > 1'))).toEqual(['a', 'c']);
  });

  it('takes now and today from the injected clock, in UTC', () => {
    expect(valueGivenBy('=now()')).toBe('2026-11-24T23:30:00Z');
    expect(valueGivenBy('=today()')).toBe('2026-11-24');
    expect(valueGivenBy('=now() + duration("PT1H")')).toBe('2026-11-25T00:30:00Z');
  });

  it('becomes JSON: temporal values and ranges are their text', () => {
    expect(valueGivenBy('={d: date("2026-01-02"), p: duration("P1DT2H"), y: duration("P1Y2M")}')).toEqual({
      d: '2026-01-02',
      p: 'P1DT2H',
      y: 'P1Y2M',
    });
    expect(valueGivenBy('=time("10:30:00")')).toBe('10:30:00');
    expect(valueGivenBy('=[1..3]')).toBe('[1..3]');
    expect(Object.is(valueGivenBy('=0 * -1'), 0)).toBe(true);
  });

  it('knows functions of Camunda that feelin lacks', () => {
    expect(valueGivenBy('=is defined(a)', { a: 1 })).toBe(true);
    expect(valueGivenBy('=is defined(a)')).toBe(false);
    expect(valueGivenBy('=trim("  a ") + to json([1, "b"])')).toBe('a[1,"b"]');
    expect(valueGivenBy('=from json(text).x', { text: '{"x": 7}' })).toBe(7);
    expect(valueGivenBy('=partition([1,2,3], 2)')).toEqual([[1, 2], [3]]);
    expect(valueGivenBy('=duplicate values([1,2,1,{a:1},{a:1}])')).toEqual([1, { a: 1 }]);
    expect(valueGivenBy('=is blank(" ") and is empty([])')).toBe(true);
  });
});

describe('a comparison', () => {
  it('of values of different types, or without an order, is null', () => {
    const variables = { a: '12', yes: true, list: [1], context: { b: 1 } };
    const texts = ['a > 10', '10 < a', 'a >= 10', 'a in [1..20]', 'a between 1 and 20', '5 in ["a".."b"]'];
    texts.push('yes > false', '1 < yes', 'list > 0', 'context > 0', '2 > context', '1 > list', 'missing > 1');
    texts.push('date("2020-01-01") > 3', '3 < date("2020-01-01")', 'duration("P1M") > duration("P1D")');
    for (const text of texts) expect(valueGivenBy(`=${text}`, variables), text).toBe(null);
    for (const text of texts) expect(valueGivenBy(`=(${text}) = null`, variables), text).toBe(true);
  });

  it('of values of one type is what it was', () => {
    const variables = { a: 12, text: 'b', from: 3, range: 5 };
    const texts = ['a > from', 'text < "c"', 'a in [from..20]', 'a between from and 20', 'a in (3, > from)'];
    texts.push('date("2020-01-02") > date("2020-01-01")', 'duration("P1D") > duration("PT1H")');
    texts.push('[1..3] in [0..5]', 'not(a < from) and text >= "b"', 'a > from + 1');
    for (const text of texts) expect(valueGivenBy(`=${text}`, variables), text).toBe(true);
    expect(valueGivenBy('=[1, 2, "3", 4][item > 1]')).toEqual([2, 4]);
    expect(valueGivenBy('=[1, 5, 9][item > limit]', { limit: 4 })).toEqual([5, 9]);
  });

  it('that is not true does not hold, and nothing else does', () => {
    expect(valueGivenBy('=if a > 10 then "more" else "less"', { a: '12' })).toBe('less');
    expect(valueGivenBy('=if a then 1 else 2', { a: 'yes' })).toBe(2);
    expect(valueGivenBy('=if a then 1 else 2', { a: true })).toBe(1);
    expect(valueGivenBy('=some x in xs satisfies x > 2', { xs: ['a', 3] })).toBe(true);
    expect(valueGivenBy('=every x in xs satisfies x', { xs: [true, 1] })).toBe(false);
  });
});

describe('feelin differs from Zeebe', () => {
  it('in taking a list of one element for that element, and in losing null and false from filtered lists', () => {
    expect(valueGivenBy('=[1] = 1')).toBe(true);
    expect(valueGivenBy('=[false, null, true][item = false or item = null]')).toEqual([]);
  });

  it('in calculating with doubles, where Zeebe has decimals', () => {
    expect(valueGivenBy('=0.1 + 0.2 = 0.3')).toBe(false);
  });
});

describe('a failed evaluation', () => {
  const failure = (outcome: { readonly ok: boolean; readonly message?: string }) => outcome.message;

  it('says which type was expected, as Zeebe does', () => {
    expect(failure(evaluateBoolean(readExpression('=x'), given({ x: 'yes' })))).toBe(
      "Expected result of the expression 'x' to be 'BOOLEAN', but was 'STRING'.",
    );
    expect(failure(evaluateCorrelationKey(readExpression('=x'), given({ x: true })))).toBe(
      "Expected result of the expression 'x' to be one of '[STRING, NUMBER]', but was 'BOOLEAN'.",
    );
    expect(failure(evaluateList(readExpression('=x'), given({ x: {} })))).toBe(
      "Expected result of the expression 'x' to be 'ARRAY', but was 'OBJECT'.",
    );
  });

  it('names the variable that was missing', () => {
    expect(failure(evaluateBoolean(readExpression('=amount > 10'), given({})))).toBe(
      "Expected result of the expression 'amount > 10' to be 'BOOLEAN', but was 'NULL'. " +
        "The evaluation reported the following warnings:\n[NO_VARIABLE_FOUND] No variable found with name 'amount'",
    );
  });

  it('is an outcome and never a throw', () => {
    for (const text of ['=function(a) a', '=10 ** 999', '=from json("{")', '=matches("a", "a", "x")']) {
      expect(evaluateExpression(readExpression(text), given({})).ok, text).toBe(false);
    }
  });

  it('is a failure for any text, or a JSON value', () => {
    const fragments = ['a', '1', '"s"', '+', '-', '>', '(', ')', '[', ']', '{', '}', ':', ',', '.', ' ', 'if ', ' then ', ' else ', 'for ', ' in ', ' return ', 'count', 'date', 'not', '`', '@', '"', '//', '\n', '__proto__', 'toString']; // biome-ignore format: one line
    const source = fc.array(fc.constantFrom(...fragments), { maxLength: 14 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(source, fc.string()), fc.jsonValue(), (text, a) => {
        const outcome = evaluateExpression({ kind: 'feel', source: text }, given({ a: a as JsonValue }));
        if (outcome.ok) expect(JSON.parse(JSON.stringify(outcome.value))).toEqual(outcome.value);
      }),
      { numRuns: 500 },
    );
  });
});

describe('typed evaluation', () => {
  it('accepts static text where text or a number is wanted', () => {
    expect(evaluateString(readExpression('pay'), given({}))).toEqual({ ok: true, value: 'pay' });
    expect(evaluateNumber(readExpression('3'), given({}))).toEqual({ ok: true, value: 3 });
    expect(evaluateNumber(readExpression('three'), given({})).ok).toBe(false);
    expect(evaluateStringList(readExpression('sales, support'), given({}))).toEqual({
      ok: true,
      value: ['sales', 'support'],
    });
  });

  it('takes the number 1 and the text 1 for the same correlation key', () => {
    const expression = readExpression('=id');
    expect(evaluateCorrelationKey(expression, given({ id: 1 }))).toEqual({ ok: true, value: '1' });
    expect(evaluateCorrelationKey(expression, given({ id: '1' }))).toEqual({ ok: true, value: '1' });
  });

  it('prints the durations and dates of timers', () => {
    expect(evaluateTimerText(readExpression('=duration("PT10S")'), given({}))).toEqual({
      ok: true,
      value: 'PT10S',
    });
    expect(evaluateTimerText(readExpression('=now() + duration("P1D")'), given({}))).toEqual({
      ok: true,
      value: '2026-11-25T23:30:00Z',
    });
  });
});

describe('a malformed expression', () => {
  it.each([
    ['=1 +', 'Incomplete <ArithmeticExpression>', 3],
    ['=a b c(', 'Unknown', 0],
    ['=1 2', 'Unrecognized token in <Expression>', 2],
    ['=', 'Incomplete <Expression>', 0],
    ['=a) or (b', 'Unrecognized token', 1],
    ['=paymentOf(order)', "Unknown function 'paymentOf'", 0],
    ['=count > count(list)', "'count' is both a function and a variable", 8],
  ])('%s is found at deployment', (text, message, position) => {
    const problem = syntaxProblemOf(readExpression(text));
    expect(problem).toBeDefined();
    if (!text.includes('c('))
      expect(problem).toEqual({ message: expect.stringContaining(message), position });
  });

  it('is not a function that the expression defines itself', () => {
    expect(syntaxProblemOf(readExpression('={twice: function(n) n * 2, r: twice(4)}.r'))).toBeUndefined();
  });
});
