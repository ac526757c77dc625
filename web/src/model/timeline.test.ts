import { describe, expect, it } from 'vitest';
import { fixtureNowUs, registeredCustomers } from '../fixtures/figures.ts';
import { longInstance } from '../fixtures/long-instance.ts';
import { relatives, timelineOf } from './timeline.ts';

const instances = registeredCustomers();
const find = (state: string) => {
  const found = instances.find((one) => one.state === state);
  if (!found) throw new Error(`the fixture has no ${state} instance`);
  return found;
};

describe('the timeline of an instance', () => {
  it('has a lane for each service and an arrow for each message that was consumed', () => {
    const completed = find('completed');
    const timeline = timelineOf(completed, fixtureNowUs);
    expect(timeline.lanes.map((lane) => lane.service)).toEqual([
      'registration',
      'credit-check',
      'address-check',
    ]);
    const consumed = completed.events.filter((event) => event.role === 'consumed').length;
    expect(timeline.arrows.filter((arrow) => arrow.kind === 'message')).toHaveLength(consumed);
    for (const { from, to } of timeline.arrows) expect(from.endUs).toBeLessThanOrEqual(to.startUs);
  });

  it('ends now where it is stuck, with the missing step in the lane of the service whose turn it is', () => {
    const stuck = find('stuck');
    const timeline = timelineOf(stuck, fixtureNowUs);
    expect(timeline.endUs).toBe(fixtureNowUs);
    expect(timeline.lanes[timeline.pending?.lane ?? -1]?.service).toBe(stuck.stuck?.expected[0]?.service);
  });

  it('draws a step that has not ended up to now', () => {
    const completed = find('completed');
    const last = completed.steps.length - 1;
    const steps = completed.steps.map((step, place) => ({ ...step, open: place === last }));
    const timeline = timelineOf({ ...completed, steps }, fixtureNowUs);
    const open = timeline.bars.filter((bar) => bar.isOpen);
    expect(open.map(({ step, endUs }) => [step, endUs])).toEqual([[steps[last]?.step, fixtureNowUs]]);
    expect(timeline.endUs).toBe(fixtureNowUs);
  });

  it('never puts two steps of a service on each other while there are free rows', () => {
    const timeline = timelineOf(longInstance(fixtureNowUs - 10 ** 12, 400), fixtureNowUs);
    const rows = new Map<string, number>();
    for (const bar of timeline.bars.filter((one) => one.kind === 'step' && one.row < 4)) {
      const row = `${bar.lane}/${bar.row}`;
      expect(bar.startUs).toBeGreaterThanOrEqual(rows.get(row) ?? 0);
      rows.set(row, bar.endUs);
    }
  });

  it('knows what led to a step and what followed from it, and nothing else', () => {
    const { steps } = find('completed');
    expect([...relatives(steps, 1)].sort()).toEqual([0, 1, 3]);
    expect([...relatives(steps, 3)].sort()).toEqual([0, 1, 2, 3]);
  });
});
