import { expect, it } from 'vitest';
import { percentileOf } from './history.ts';

const history = { expected: [], waits: 4, sample: [10, 20, 30, 40], every: 1 };

it('is the share of earlier waits that were shorter', () => {
  expect([5, 10, 11, 30, 31, 1000].map((elapsedUs) => percentileOf(elapsedUs, history))).toEqual([
    0, 0, 25, 50, 75, 100,
  ]);
  expect(percentileOf(5, { ...history, waits: 0, sample: [] })).toBeUndefined();
});

it('never exceeds 100 where only some of the waits are kept', () => {
  const sampled = { expected: [], waits: 5, sample: [10, 30, 50], every: 2 };
  expect([5, 20, 40, 60].map((elapsedUs) => percentileOf(elapsedUs, sampled))).toEqual([0, 40, 80, 100]);
});
