import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultSeed, type Fate, fateOf, rates, registrationId, registrationNumber } from './fate.ts';

const fates = (seed: number, count: number) =>
  Array.from({ length: count }, (_, index) => fateOf(seed, index + 1));

function share(seed: number, has: (fate: Fate) => boolean): number {
  return fates(seed, 20_000).filter(has).length / 20_000;
}

test('the same seed and number always meet the same fate', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 1e9 }), (seed, number) => {
      expect(fateOf(seed, number)).toEqual(fateOf(seed, number));
    }),
  );
});

test('another seed gives another sequence', () => {
  expect(fates(1, 50)).not.toEqual(fates(2, 50));
});

test.each([1, 53, 4_711])('seed %i keeps to the stated rates within half a percent', (seed) => {
  expect(share(seed, (fate) => fate.drop !== 'none')).toBeCloseTo(rates.drop, 2);
  expect(share(seed, (fate) => fate.drop === 'silent')).toBeCloseTo(rates.drop / 2, 2);
  expect(share(seed, (fate) => !fate.approved)).toBeCloseTo(rates.rejected, 2);
  expect(share(seed, (fate) => fate.slow !== 'none')).toBeCloseTo(rates.slow, 2);
  expect(share(seed, (fate) => fate.scoringFailsFirst)).toBeCloseTo(rates.scoringFailsFirst, 2);
});

test('a dropped registration is not also one whose scoring recovers', () => {
  expect(fates(defaultSeed, 5_000).some((fate) => fate.drop !== 'none' && fate.scoringFailsFirst)).toBe(
    false,
  );
});

test('work takes 0.1 to 2 s, slow work 5 to 8 s, and the score agrees with the approval', () => {
  for (const fate of fates(defaultSeed, 2_000)) {
    for (const [check, workMs] of [
      ['address', fate.addressWorkMs],
      ['credit', fate.creditWorkMs],
    ] as const) {
      const [min, max] = fate.slow === check ? [5_000, 8_000] : [100, 2_000];
      expect(workMs).toBeGreaterThanOrEqual(min);
      expect(workMs).toBeLessThanOrEqual(max);
    }
    expect(fate.score >= 500).toBe(fate.approved);
  }
});

test('with the default seed the first forty meet every fate', () => {
  const first = fates(defaultSeed, 40);
  expect(new Set(first.map((fate) => fate.drop))).toEqual(new Set(['none', 'silent', 'after-error']));
  expect(new Set(first.map((fate) => fate.slow))).toEqual(new Set(['none', 'address', 'credit']));
  expect(first.some((fate) => fate.drop === 'none' && !fate.approved)).toBe(true);
  expect(first.some((fate) => fate.scoringFailsFirst)).toBe(true);
});

test('a registration id gives its number back, whatever the run is called', () => {
  expect(registrationId('tp1', 17)).toBe('R-tp1-000017');
  expect(registrationNumber(registrationId('a-b-3', 1_234_567))).toBe(1_234_567);
  expect(() => registrationNumber('R-tp1-')).toThrow("'R-tp1-' is no registration id");
});
