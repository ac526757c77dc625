import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { waitWithin } from './wait-within.ts';

/** Waits for the signal alone, and holds nothing else of it. */
function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
}

it('ends when the time is over, also when garbage is collected meanwhile', async () => {
  setFlagsFromString('--expose_gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const never = new AbortController().signal;
  for (let i = 0; i < 5; i++) {
    const waiting = waitWithin(10, never, untilAborted);
    collectGarbage();
    await waiting;
  }
});

it('ends when the signal aborts, before or while it waits', async () => {
  const stop = new AbortController();
  const waiting = waitWithin(1_000_000, stop.signal, untilAborted);
  stop.abort();
  await waiting;
  await waitWithin(1_000_000, stop.signal, untilAborted);
});

it('gives the failure of what it waits for', async () => {
  const failing = waitWithin(1000, new AbortController().signal, () => Promise.reject(new Error('no disk')));
  await expect(failing).rejects.toThrow('no disk');
});
