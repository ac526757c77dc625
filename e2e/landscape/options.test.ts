import { expect, test } from 'vitest';
import { defaultSeed } from './fate.ts';
import { parseOptions, UsageError } from './options.ts';

const now = Date.UTC(2026, 0, 1);

test('without flags it is the endless demo in a run of its own', () => {
  const options = parseOptions([], {}, now);
  expect(options).toMatchObject({
    rate: 2,
    count: null,
    seed: defaultSeed,
    speed: 1,
    sequential: false,
    links: true,
  });
  expect(options).toMatchObject({ ledger: null, endpoint: null });
  expect(parseOptions([], {}, now + 1_000).run).not.toBe(options.run);
});

test('flags say what is different', () => {
  const flags = [
    '--rate',
    '0.5',
    '--count',
    '9',
    '--seed',
    '0',
    '--sequential',
    '--no-links',
    '--ledger',
    'd',
  ];
  const expected = { rate: 0.5, count: 9, seed: 0, sequential: true, links: false, ledger: 'd' };
  expect(parseOptions(flags, {}, now)).toMatchObject(expected);
});

test('the environment can say it, too, and flags win', () => {
  const environment = { LANDSCAPE_SEED: '7', LANDSCAPE_NO_LINKS: 'on', LANDSCAPE_LEDGER: '' };
  expect(parseOptions([], environment, now)).toMatchObject({ seed: 7, links: false, ledger: null });
  expect(parseOptions(['--seed', '8'], environment, now).seed).toBe(8);
});

test.each([
  [['--rate', 'fast'], "--rate should be a number from 0.01 on, not 'fast'"],
  [['--count', '1.5'], "--count should be a whole number from 1 on, not '1.5'"],
  [['--tempo', '3'], "Unknown option '--tempo'"],
  [['now'], "Unexpected argument 'now'"],
])('%j is refused with what is allowed', (flags, message) => {
  expect(() => parseOptions(flags, {}, now)).toThrow(UsageError);
  expect(() => parseOptions(flags, {}, now)).toThrow(message);
});
