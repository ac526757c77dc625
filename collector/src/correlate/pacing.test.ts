import { describe, expect, it } from 'vitest';
import { Correlator } from './correlator.ts';
import { FLOWS, normalisedEvent, T0_US } from './events.testkit.ts';
import { memoryState } from './level-state.ts';
import { Pacing } from './pacing.ts';
import { WorkingSet } from './working-set.ts';

const LIMITS = { largeEvents: 10, pauseMsPerEvent: 2 };

describe('the pacing of large instances', () => {
  it('lets small ones be assembled at any time, large ones after a pause in proportion to their size', () => {
    const pacing = new Pacing(LIMITS);
    pacing.assembled(1, 9, 100);
    pacing.assembled(2, 20, 100);
    expect([1, 2, 3].map((no) => pacing.isPaused(no, 100))).toEqual([false, true, false]);
    expect([139, 140].map((nowMs) => pacing.isPaused(2, nowMs))).toEqual([true, false]);
    expect(pacing.isPaused(2, Number.POSITIVE_INFINITY)).toBe(false);
    pacing.forget(2);
    expect(pacing.isPaused(2, 100)).toBe(false);
  });

  it('keeps an instance of 20,000 steps that grows for 50 s from being assembled at every write', async () => {
    const correlator = new Correlator(new WorkingSet(memoryState()), FLOWS);
    let assembled = 0;
    let events = 0;
    let row = 0;
    for (let nowMs = 0; nowMs < 50_000; nowMs += 500) {
      const batch = Array.from({ length: 200 }, () => {
        row++;
        return normalisedEvent({
          id: `row:${row}`,
          timeUs: T0_US + row,
          sequence: row,
          keys: { payment: ['1'] },
        });
      });
      await correlator.prepare(batch);
      for (const event of batch) correlator.add(event);
      const { instances } = await correlator.takeChanges(nowMs);
      assembled += instances.length;
      for (const { members } of instances) events += members.length;
      expect(correlator.pendingChanges).toBe(instances.length === 0 ? 1 : 0);
    }
    expect(assembled).toBeGreaterThan(30);
    expect(assembled).toBeLessThan(70);
    // At every write it would have been 1,010,000.
    expect(events).toBeLessThan(500_000);
    const last = await correlator.takeChanges();
    expect(last.instances.length + assembled).toBeGreaterThan(30);
    expect(correlator.pendingChanges).toBe(0);
  });
});
