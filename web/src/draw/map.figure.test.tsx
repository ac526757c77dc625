import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { engines, lineByLine, registrationChain } from '../fixtures/figures.ts';
import { requestOf } from '../layout/shape.ts';
import { graphOf } from '../model/graph.ts';
import type { MeasureName } from '../model/measure.ts';
import { MapDrawing } from './map-svg.tsx';

async function drawn(view: 'causal' | 'temporal', measure: MeasureName, selected?: string): Promise<string> {
  const graph = graphOf(registrationChain(view));
  const layout = await engines.graphviz?.(requestOf(graph, 'right'));
  if (!layout) throw new Error('there is no such engine');
  const drawing = <MapDrawing {...{ graph, layout, measure, selected }} />;
  const box = `0 0 ${Math.round(layout.width)} ${Math.round(layout.height)}`;
  return lineByLine(renderToStaticMarkup(<svg viewBox={box}>{drawing}</svg>));
}

describe('the drawn map', () => {
  it('shows customer registration by causes, with its branches in parallel', async () => {
    await expect(await drawn('causal', 'count')).toMatchFileSnapshot('testdata/registration-causal.svg');
  });

  it('shows it by the clock, dashed, with waiting times as heat', async () => {
    await expect(await drawn('temporal', 'p50')).toMatchFileSnapshot('testdata/registration-temporal.svg');
  });

  it('dims what does not belong to the selected activity', async () => {
    const markup = await drawn('causal', 'count', 'a:Registration rejected');
    expect(markup).toMatch(/class="map-node heat-\d is-selected"[^>]*data-activity="Registration rejected"/);
    expect(markup).toMatch(/class="map-node heat-\d is-dimmed"[^>]*data-activity="Customer registered"/);
  });

  it('has a label with all figures on every activity and transition', async () => {
    const markup = await drawn('causal', 'count');
    expect(markup).toContain(
      'aria-label="Registration requested, by registration, 120 steps, in 120 instances,',
    );
    expect(markup.match(/data-testid="map-edge"/g)).toHaveLength(registrationChain().transitions.length);
  });
});
