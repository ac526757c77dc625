import { expect, test } from 'vitest';
import { LogError } from '../log/index.ts';
import { ManualTime } from '../stream/cluster.testkit.ts';
import { Reopening, type ReopenSettings } from './reopening.ts';

const settings: ReopenSettings = { firstMs: 100, lastMs: 1000, attemptsMax: 6 };
const failed = new LogError('failed', 'The disk failed while writing');

function stage(options: ReopenSettings | false = settings) {
  const time = new ManualTime();
  const beganMs = time.now();
  const attemptsMs: number[] = [];
  const disk: { error: Error | undefined } = { error: failed };
  const reopening = new Reopening(options, time, time);
  reopening.start((partitionId) => {
    expect(partitionId).toBe(1);
    attemptsMs.push(time.now() - beganMs);
    if (disk.error !== undefined) throw disk.error;
  });
  /** In steps, so that what follows an attempt has happened before the next. */
  const advance = async (ms: number) => {
    for (let step = 0; step < ms; step += 50) {
      time.advance(50);
      await Promise.resolve().then(() => {}); // an attempt that throws is noted two turns later
      await Promise.resolve();
    }
  };
  return { reopening, attemptsMs, disk, advance };
}

test('a partition that has failed is tried again ever later, and so often at most', async () => {
  const { reopening, attemptsMs, advance } = stage();
  expect(reopening.failure(1)).toBeUndefined();
  reopening.note(1, failed);
  expect(reopening.failure(1)).toEqual({ reason: failed.message, attempts: 0, retryAfterMs: 100 });
  await advance(50);
  expect(reopening.failure(1)?.retryAfterMs).toBe(50);
  await advance(10_000);
  expect(attemptsMs).toEqual([100, 300, 700, 1500, 2500, 3500]);
  expect(reopening.failure(1)).toEqual({ reason: failed.message, attempts: 6, retryAfterMs: undefined });
});

test('it is open as soon as an attempt succeeds', async () => {
  const { reopening, attemptsMs, disk, advance } = stage();
  reopening.note(1, failed);
  await advance(200);
  disk.error = undefined;
  await advance(10_000);
  expect(attemptsMs).toEqual([100, 300]);
  expect(reopening.failure(1)).toBeUndefined();
});

test('one that opens but fails again at once is not tried without end; once it has lasted, it counts anew', async () => {
  const { reopening, attemptsMs, disk, advance } = stage({ ...settings, attemptsMax: 3 });
  disk.error = undefined;
  for (let round = 0; round < 4; round += 1) {
    reopening.note(1, failed);
    await advance(500);
  }
  expect(attemptsMs).toEqual([100, 700, 1400]);
  expect(reopening.failure(1)).toMatchObject({ attempts: 3, retryAfterMs: undefined });
  await reopening.reopen(1);
  await advance(1000);
  reopening.note(1, failed);
  expect(reopening.failure(1)).toMatchObject({ attempts: 0, retryAfterMs: 100 });
});

test('by hand it is tried at once, and attempts count anew', async () => {
  const { reopening, attemptsMs, advance } = stage();
  reopening.note(1, failed);
  await advance(10_000);
  await expect(reopening.reopen(1)).rejects.toBe(failed);
  expect(reopening.failure(1)).toMatchObject({ attempts: 0, retryAfterMs: 100 });
  await advance(10_000);
  expect(attemptsMs).toHaveLength(6 + 1 + 6);
});

test('what only a person can decide is left to one', async () => {
  const { reopening, attemptsMs, disk, advance } = stage();
  disk.error = new LogError('corrupt', 'A record is damaged');
  reopening.note(1, failed);
  await advance(10_000);
  expect(attemptsMs).toEqual([100]);
  expect(reopening.failure(1)).toEqual({
    reason: 'A record is damaged',
    attempts: 1,
    retryAfterMs: undefined,
  });
});

test('nothing is tried when it is switched off, or after closing', async () => {
  const off = stage(false);
  off.reopening.note(1, failed);
  await off.advance(10_000);
  expect(off.attemptsMs).toEqual([]);
  expect(off.reopening.failure(1)).toMatchObject({ reason: failed.message, retryAfterMs: undefined });
  const closed = stage();
  closed.reopening.note(1, failed);
  closed.reopening.close();
  await closed.advance(10_000);
  expect(closed.attemptsMs).toEqual([]);
});
