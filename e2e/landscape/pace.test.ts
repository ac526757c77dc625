import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Activity, Pace } from './pace.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a speed of ten shortens a wait to a tenth, but not an exact one', async () => {
  const pace = new Pace(10);
  const ended: string[] = [];
  void pace.wait(1_000).then(() => ended.push('scaled'));
  void pace.waitExactly(1_000).then(() => ended.push('exact'));
  await vi.advanceTimersByTimeAsync(100);
  expect(ended).toEqual(['scaled']);
  await vi.advanceTimersByTimeAsync(900);
  expect(ended).toEqual(['scaled', 'exact']);
});

test('hurry ends what waits and lets nothing wait any more', async () => {
  const pace = new Pace(1);
  const waiting = pace.wait(1e6);
  pace.hurry();
  await waiting;
  await pace.wait(1e6);
  expect(vi.getTimerCount()).toBe(0);
});

test('work is active from the call until it ends, also badly', async () => {
  const activity = new Activity();
  const failing = activity.during(async () => {
    throw new Error('no');
  });
  expect([activity.active, activity.begun]).toEqual([1, 1]);
  await expect(failing).rejects.toThrow('no');
  expect([activity.active, activity.begun]).toEqual([0, 1]);
});
