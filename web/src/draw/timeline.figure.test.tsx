import { renderToStaticMarkup } from 'react-dom/server';
import type { Instance } from 'throughline/schema';
import { describe, expect, it } from 'vitest';
import { fixtureNowUs, lineByLine, registeredCustomers } from '../fixtures/figures.ts';
import { longInstance } from '../fixtures/long-instance.ts';
import { timelineOf } from '../model/timeline.ts';
import { frameOf, wholeSight } from './timeline-frame.ts';
import { TimelineDrawing } from './timeline-svg.tsx';

function drawn(instance: Instance, sight = wholeSight): string {
  const timeline = timelineOf(instance, fixtureNowUs);
  const frame = frameOf(timeline, 1_000, sight, new Set(), 140);
  const drawing = <TimelineDrawing timeline={timeline} frame={frame} />;
  return lineByLine(renderToStaticMarkup(<svg viewBox={`0 0 1000 ${frame.height}`}>{drawing}</svg>));
}
const first = (state: string): Instance => {
  const found = registeredCustomers().find((one) => one.state === state);
  if (!found) throw new Error(`the fixture has no ${state} instance`);
  return found;
};

describe('the drawn timeline', () => {
  it('shows a completed registration with its messages and folded waits', async () => {
    await expect(drawn(first('completed'))).toMatchFileSnapshot('testdata/timeline-completed.svg');
  });

  it('shows what is missing in a stuck one, dashed and open', async () => {
    await expect(drawn(first('stuck'))).toMatchFileSnapshot('testdata/timeline-stuck.svg');
  });

  it('draws thousands of steps with few marks, and more of a part when looked at closely', () => {
    const long = longInstance(fixtureNowUs - 10 ** 12, 2_500);
    const marks = (markup: string) => markup.match(/class="timeline-bar/g)?.length ?? 0;
    expect(marks(drawn(long))).toBeLessThan(4_000);
    expect(drawn(long, { from: 0, to: 0.001 })).toContain('timeline-bar');
  });
});
