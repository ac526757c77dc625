import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatDuration,
  formatShare,
  formatShortCount,
  formatShortDuration,
  microsecondsOf,
} from './format.ts';

describe('a duration as people say it', () => {
  it.each([
    [0, '0 s'],
    [850, '850 µs'],
    [4_200, '4.2 ms'],
    [420_000, '420 ms'],
    [999_700, '1 s'],
    [4_200_000, '4.2 s'],
    [42_000_000, '42 s'],
    [59_900_000, '1 min'],
    [192_345_678, '3 min 12 s'],
    [3_599_900_000, '1 h'],
    [18_180_000_000, '5 h 3 min'],
    [1_051_200_000_000, '12 d 4 h'],
    [86_400_000_000 * 400, '1 y 35 d'],
    [-2_000_000, '−2 s'],
  ])('%d µs is "%s"', (us, text) => expect(formatDuration(us)).toBe(text));

  it('never says 60 of a unit that has a larger one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400_000_000 * 800 }), (us) => {
        expect(formatDuration(us)).not.toMatch(/\b(60 (s|min)|1,?000 (µs|ms)|24 h|365 d)\b/);
      }),
    );
  });

  it('keeps to one unit on the map', () => {
    expect(formatShortDuration(192_345_678)).toBe('3.2 min');
    expect(formatShortDuration(86_400_000_000)).toBe('1 d');
    expect(formatShortDuration(12)).toBe('12 µs');
  });
});

it('shows a share without a false zero or hundred', () => {
  expect(formatShare(0)).toBe('0 %');
  expect(formatShare(0.0004)).toBe('< 0.1 %');
  expect(formatShare(0.004)).toBe('0.4 %');
  expect(formatShare(0.9999)).toBe('> 99 %');
  expect(formatShare(1)).toBe('100 %');
});

it('shortens counts only where the exact one is long', () => {
  expect(formatShortCount(9_999)).toBe('9,999');
  expect(formatShortCount(150_370)).toBe('150.4K');
});

it('reads microseconds that a Date would lose', () => {
  expect(microsecondsOf('2026-11-25T03:30:00.000001Z') - microsecondsOf('2026-11-25T03:30:00Z')).toBe(1);
  expect(microsecondsOf('1969-12-31T23:59:59.500000Z')).toBe(-500_000);
});
