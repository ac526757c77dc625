import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExactJson, parseExactText } from './exact-json.ts';

describe('JSON without loss', () => {
  it.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', '9007199254740993'],
    ['-12345678901234567890', '-12345678901234567890'],
    [
      '[9007199254740993,0.1234567890123456,1e20,1234567890123456.5]',
      ['9007199254740993', 0.1234567890123456, 1e20, 1234567890123456.5],
    ],
    ['{"9007199254740993":"9007199254740993"}', { '9007199254740993': '9007199254740993' }],
    [
      '["\\"",9007199254740993,"\\\\",9007199254740993,"\\\\\\" 9007199254740993"]',
      ['"', '9007199254740993', '\\', '9007199254740993', '\\" 9007199254740993'],
    ],
    [
      '"\\ud83d\\ude00 \\ud83d x \\ude00 \\\\ud83d \\uD83D\\uDE00"',
      '\u{1f600} \ufffd x \ufffd \\ud83d \u{1f600}',
    ],
    ['"\\ud83d\\ud83d\\ude00"', '\ufffd\u{1f600}'],
    ['\ufeff[1]', [1]],
  ])('%s', (text, value) => {
    expect(parseExactText(text)).toEqual(value);
    expect(parseExactJson(Buffer.from(text))).toEqual(value);
  });

  it.each([
    '',
    '{',
    '01234567890123456789',
    '[9007199254740993',
    '"9007199254740993',
    '9007199254740993 9007199254740993',
    '-',
  ])('is not %j', (text) => {
    expect(() => parseExactText(text)).toThrow(SyntaxError);
  });

  it('is UTF-8', () => {
    expect(() => parseExactJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow(TypeError);
  });

  it('is what the platform reads, where that is exact', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify([9007199254740991, value, 'a\\"9007199254740993'], undefined, indent);
        const platform = JSON.parse(text, (_, each: unknown) =>
          Number.isInteger(each) && !Number.isSafeInteger(each) && Math.abs(Number(each)) < 1e21
            ? String(each)
            : each,
        );
        expect(JSON.stringify(parseExactText(text))).toBe(JSON.stringify(platform));
      }),
      { numRuns: 1000 },
    );
  });

  it('takes a time in proportion to its length', () => {
    const text = `[9007199254740993,"${'\\\\'.repeat(2_000_000)}",${'"\\"",'.repeat(500_000)}0]`;
    const startMs = performance.now();
    parseExactText(text);
    expect(performance.now() - startMs).toBeLessThan(5000);
    expect(() => parseExactText('['.repeat(3_000_000))).toThrow();
  });
});
