import { describe, expect, it } from 'vitest';
import { assignTrace } from './assignment.ts';
import { type SpanFields, span } from './events.testkit.ts';
import { type CorrelatedEvent, newTrace, type Trace, traceKey } from './model.ts';

type Fields = SpanFields & { readonly home?: number; readonly shipping?: number };

/** A span that is in component `home` of the flow `orders` by its own key. */
function at(path: string, { home, shipping, ...fields }: Fields = {}): CorrelatedEvent {
  const event = span(path, fields);
  if (home !== undefined) event.homes['orders'] = home;
  if (shipping !== undefined) event.homes['shipping'] = shipping;
  return event;
}

/** `span rule instances` of the trace `t`, for one flow. */
function assigned(
  events: readonly CorrelatedEvent[],
  flow = 'orders',
  merged = new Map<number, number>(),
): string[] {
  const traces = new Map<string, Trace>();
  for (const event of events) {
    const key = traceKey(event.scope, event.trace?.traceId ?? '');
    let trace = traces.get(key);
    if (trace === undefined) {
      trace = newTrace(0, event.scope, event.trace?.traceId ?? '');
      traces.set(key, trace);
    }
    trace.events.set(event.trace?.spanId ?? '', event);
  }
  const own = traces.get(traceKey(events[0]?.scope ?? '', 't'));
  if (own === undefined) throw new Error('no trace t');
  const assignment = assignTrace(own, {
    trace: (key) => traces.get(key),
    resolve: (no) => merged.get(no) ?? no,
    traceKey,
  });
  return [...(assignment.get(flow) ?? [])]
    .map(([spanId, { rule, instances }]) => `${spanId} ${rule} ${instances.join('+')}`)
    .sort();
}

describe('an event without a key of the flow', () => {
  it('is where its nearest keyed ancestor is', () => {
    const events = [
      at('t/a', { home: 1 }),
      at('t/b', { parent: 'a', home: 2 }),
      at('t/c', { parent: 'b' }),
      at('t/d', { parent: 'c' }),
    ];
    expect(assigned(events)).toEqual(['a key 1', 'b key 2', 'c ancestor 2', 'd ancestor 2']);
    expect(assigned([...events].reverse())).toEqual(assigned(events));
  });

  it('is where its links lead: to keyed spans, or to ones below keyed spans', () => {
    const elsewhere = [at('u/a', { home: 1 }), at('u/b', { parent: 'a' }), at('v/a', { home: 2 }), at('w/a')];
    const events = [at('t/a', { links: ['u/b', 'v/a', 'w/a', 'x/gone'] }), at('t/b', { parent: 'a' })];
    expect(assigned([...events, ...elsewhere])).toEqual(['a link 1+2', 'b ancestor 1+2']);
  });

  it('asks its own links before its parent, and its parent before what is below it', () => {
    const events = [
      at('t/a', { home: 1 }),
      at('t/b', { parent: 'a', links: ['u/a'] }),
      at('t/c', { parent: 'b' }),
      at('t/d', { parent: 'c', home: 3 }),
      at('u/a', { home: 2 }),
    ];
    expect(assigned(events)).toEqual(['a key 1', 'b link 2', 'c ancestor 2', 'd key 3']);
  });

  it('does not follow links of links', () => {
    const events = [at('t/a', { links: ['u/a'] }), at('u/a', { links: ['v/a'] }), at('v/a', { home: 1 })];
    expect(assigned(events)).toEqual([]);
  });

  it('is where its nearest keyed descendant is: the earliest of the nearest, then the smallest id', () => {
    const below = (name: string, home: number, when: number, parent = 'a') =>
      at(`t/${name}`, { parent, home, at: when });
    const root = at('t/a');
    const other = at('t/z', { home: 9 });
    expect(assigned([root, other, below('b', 1, 5), below('c', 2, 4)])).toContain('a descendant 2');
    expect(assigned([root, other, below('c', 2, 4), below('b', 1, 4)])).toContain('a descendant 1');
    const deep = [root, other, at('t/m', { parent: 'a' }), below('b', 1, 0, 'm'), below('c', 2, 9)];
    expect(assigned(deep)).toEqual(['a descendant 2', 'b key 1', 'c key 2', 'm descendant 1', 'z key 9']);
  });

  it('is in the only instance of its trace where the spans between are missing', () => {
    const events = [at('t/a', { home: 1 }), at('t/b', { parent: 'gone' })];
    expect(assigned(events)).toEqual(['a key 1', 'b only 1']);
    expect(assigned([...events, at('t/c', { home: 2 })])).toEqual(['a key 1', 'c key 2']);
    expect(assigned([...events, at('t/c', { home: 2 })], 'orders', new Map([[2, 1]]))).toContain('b only 1');
  });

  it('of this flow may carry a key of another, and is in an instance of both', () => {
    const events = [
      at('t/a', { home: 1 }),
      at('t/b', { parent: 'a', shipping: 7, links: ['u/a'] }),
      at('u/a', { home: 2 }),
    ];
    expect(assigned(events)).toEqual(['a key 1', 'b link 2']);
    expect(assigned(events, 'shipping')).toEqual(['a descendant 7', 'b key 7']);
  });

  it('looks at no more than 128 links, and never into another scope', () => {
    const links = Array.from({ length: 128 }, (_, i) => `x/${i}`);
    expect(assigned([at('t/a', { links: [...links, 'u/a'] }), at('u/a', { home: 1 })])).toEqual([]);
    expect(assigned([at('t/a', { links: [...links.slice(1), 'u/a'] }), at('u/a', { home: 1 })])).toEqual([
      'a link 1',
    ]);
    expect(assigned([at('t/a', { links: ['u/a'] }), at('u/a', { home: 1, scope: 'acme/test' })])).toEqual([]);
  });

  it('is found a home in spans that are their own ancestors', () => {
    const events = [
      at('t/a', { parent: 'b' }),
      at('t/b', { parent: 'a' }),
      at('t/c', { parent: 'b', home: 1 }),
      at('t/d', { home: 2 }),
    ];
    expect(assigned(events)).toEqual(['a descendant 1', 'b descendant 1', 'c key 1', 'd key 2']);
  });
});
