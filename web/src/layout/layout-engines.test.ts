import { describe, expect, it } from 'vitest';
import { engines, registrationChain } from '../fixtures/figures.ts';
import { largeChain } from '../fixtures/large-chain.ts';
import { activityId, graphOf } from '../model/graph.ts';
import { startingShares, thin } from '../model/thin.ts';
import { type Direction, type Layout, type Placed, requestOf } from './shape.ts';

const registration = graphOf(registrationChain());
const large = largeChain();
const largeThinned = graphOf({ ...large, ...thin(large, startingShares(large)) });

describe.each(Object.entries(engines))('%s', (_name, layOut) => {
  it.each<Direction>(['right', 'down'])('puts parallel branches side by side (%s)', async (direction) => {
    const { nodes } = await layOut(requestOf(registration, direction));
    const [along, across] = direction === 'right' ? (['x', 'y'] as const) : (['y', 'x'] as const);
    const of = (id: string): Placed => nodes[id] ?? { x: Number.NaN, y: Number.NaN, width: 0, height: 0 };
    const [address, credit] = [of(activityId('Address checked')), of(activityId('Credit checked'))];
    expect(Math.abs(address[along] - credit[along])).toBeLessThan(60);
    expect(Math.abs(address[across] - credit[across])).toBeGreaterThan(
      direction === 'right' ? address.height : address.width,
    );
    const path = [
      'start',
      activityId('Registration requested'),
      'fork:Registration requested',
      activityId('Credit checked'),
    ];
    const places = [...path, 'join:Customer registered', activityId('Customer registered'), 'end'].map(
      (id) => of(id)[along],
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('lets no nodes overlap and routes every edge, also with 60 activities and 300 transitions thinned out', async () => {
    for (const graph of [registration, largeThinned]) {
      const layout = await layOut(requestOf(graph, 'down'));
      expect(overlaps(layout)).toEqual([]);
      expect(Object.keys(layout.edges).sort()).toEqual(graph.edges.map((edge) => edge.id).sort());
      for (const edge of Object.values(layout.edges)) expect(edge.path).toMatch(/^M-?[\d.]+,-?[\d.]+[CL]/);
    }
  });

  it('puts no label on an activity or on another label', async () => {
    const request = requestOf(registration, 'right');
    const { nodes, edges } = await layOut(request);
    const labels = request.edges.flatMap(({ id, label }) => {
      const place = edges[id]?.label;
      return label && place ? [[id, { ...place, ...label }] as const] : [];
    });
    expect(
      overlaps({ width: 0, height: 0, edges: {}, nodes: { ...nodes, ...Object.fromEntries(labels) } }),
    ).toEqual([]);
  });

  it('draws a step that repeats itself as a loop', async () => {
    const chain = registrationChain();
    const first = chain.transitions[0];
    if (!first) throw new Error('the fixture has no transition');
    const loop = { ...first, to: first.from, parallel: false };
    const graph = graphOf({ ...chain, transitions: [...chain.transitions, loop] });
    const { edges, nodes } = await layOut(requestOf(graph, 'right'));
    const routed = edges[`t:${loop.from}>${loop.from}`];
    const box = nodes[activityId(loop.from)];
    expect(routed?.path).toContain('C');
    expect(Math.abs((routed?.arrow[1].x ?? 0) - (box?.x ?? 0))).toBeLessThanOrEqual(
      (box?.width ?? 0) / 2 + 2,
    );
  });
});

function overlaps({ nodes }: Layout): string[] {
  const boxes = Object.entries(nodes);
  return boxes.flatMap(([name, a], at) =>
    boxes
      .slice(at + 1)
      .filter(
        ([, b]) =>
          Math.abs(a.x - b.x) * 2 < a.width + b.width - 1 &&
          Math.abs(a.y - b.y) * 2 < a.height + b.height - 1,
      )
      .map(([other]) => `${name} and ${other}`),
  );
}
