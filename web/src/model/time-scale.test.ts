import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idleGaps, timeScale } from './time-scale.ts';

const second = 1_000_000;
const at = (from: number, to: number) => ({ startUs: from * second, endUs: to * second });

describe('idle time', () => {
  it('is folded where it would squeeze the rest', () => {
    const bars = [at(0, 1), at(2, 3), at(3_600, 3_601), at(7_200, 7_202)];
    expect(idleGaps(bars, 0, 7_202 * second)).toEqual([at(3, 3_600), at(3_601, 7_200)]);
  });

  it('is kept in proportion where it is an ordinary wait', () => {
    expect(idleGaps([at(0, 4), at(6, 9)], 0, 9 * second)).toEqual([]);
  });

  it('reaches to the end where the instance still waits', () => {
    expect(idleGaps([at(0, 1)], 0, 86_400 * second)).toEqual([at(1, 86_400)]);
  });
});

it('is monotonous and goes there and back, whatever is folded', () => {
  const spans = fc.array(fc.tuple(fc.nat(10 ** 9), fc.nat(10 ** 6)), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(spans, fc.double({ min: 0, max: 1, noNaN: true }), (pairs, place) => {
      const bars = pairs.map(([start, length]) => ({ startUs: start, endUs: start + length }));
      const startUs = Math.min(...bars.map((bar) => bar.startUs));
      const endUs = Math.max(...bars.map((bar) => bar.endUs), startUs + 1);
      const scale = timeScale(startUs, endUs, idleGaps(bars, startUs, endUs));
      expect(scale.place(startUs)).toBe(0);
      expect(scale.place(endUs)).toBe(1);
      expect(scale.place(scale.time(place))).toBeCloseTo(place, 6);
      const places = bars
        .map((bar) => bar.startUs)
        .sort((a, b) => a - b)
        .map(scale.place);
      expect(places).toEqual([...places].sort((a, b) => a - b));
    }),
  );
});

it('keeps long waits in proportion while every step can be seen', () => {
  const day = 86_400;
  const bars = [at(0, 0), at(15 * day, 15 * day), at(75 * day, 75 * day), at(163 * day, 163 * day)];
  expect(idleGaps(bars, 0, 163 * day * second)).toEqual([]);
});
