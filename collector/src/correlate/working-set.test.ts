import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeComponent, decodeTrace, encodeComponent, encodeTrace } from './codec.ts';
import { eventSets, normalisedEvent } from './events.testkit.ts';
import { memoryState } from './level-state.ts';
import { type Component, type CorrelatedEvent, correlatedOf, keyNode, type Trace } from './model.ts';
import { WorkingSet } from './working-set.ts';

const words = fc.oneof(fc.string(), fc.constantFrom('', '\0', '"', 'ключ', '🔑', '__proto__'));
const numbers = fc.uniqueArray(fc.nat());

const correlatedEvents: fc.Arbitrary<CorrelatedEvent[]> = fc
  .tuple(
    eventSets,
    fc.infiniteStream(
      fc.record({
        error: fc.option(fc.record({ type: words, message: words })),
        home: fc.nat(),
        word: words,
      }),
    ),
  )
  .map(([events, extras]) =>
    events.map((event, i) => {
      const { error, home, word } = extras.next().value ?? { error: null, home: 0, word: '' };
      const keys = word === '' ? event.keys : { ...event.keys, order: [word] };
      return correlatedOf({ ...event, keys, error: error ?? undefined }, i + 1, { orders: home });
    }),
  );

const traces: fc.Arbitrary<Trace> = fc
  .record({
    events: correlatedEvents,
    linkedBy: fc.uniqueArray(words),
    touching: numbers,
    stored: fc.boolean(),
  })
  .map(({ events, linkedBy, touching, stored }) => ({
    key: 'a/b|t',
    scope: 'a/b',
    no: 7,
    events: new Map(events.flatMap((event) => (event.trace ? [[event.trace.spanId, event]] : []))),
    linkedBy: new Set(linkedBy),
    touching: new Set(touching),
    assignment: undefined,
    stored,
  }));

const components: fc.Arbitrary<Component> = fc
  .record({
    no: fc.nat(),
    flow: words,
    scope: words,
    keys: fc.uniqueArray(words),
    traces: fc.uniqueArray(words),
    own: correlatedEvents,
    merged: fc.array(words),
    stored: fc.boolean(),
  })
  .map(({ keys, traces: keysOfTraces, ...rest }) => ({
    ...rest,
    keys: new Set(keys),
    traces: new Set(keysOfTraces),
    mergedInto: undefined,
  }));

function component(no: number, fields: Partial<Component> = {}): Component {
  const empty = { keys: new Set<string>(), traces: new Set<string>(), own: [], merged: [], stored: true };
  return { no, flow: 'orders', scope: 'a/b', mergedInto: undefined, ...empty, ...fields };
}

describe('the correlation state', () => {
  it('reads a trace as it was written', () => {
    fc.assert(
      fc.property(traces, (trace) => {
        expect(decodeTrace(encodeTrace(trace))).toEqual(trace);
      }),
    );
  });

  it('reads a component as it was written', () => {
    fc.assert(
      fc.property(components, (each) => {
        expect(decodeComponent(encodeComponent(each))).toEqual(each);
      }),
    );
    const merged = component(3, { mergedInto: 5 });
    expect(decodeComponent(encodeComponent(merged))).toEqual(merged);
  });

  it('does not let events share what changes', () => {
    const own = ['1', '2'].map((id) => correlatedOf(normalisedEvent({ id }), 1, { orders: 1 }));
    const [first, second] = decodeComponent(encodeComponent(component(1, { own }))).own;
    if (first !== undefined) first.homes['orders'] = 2;
    expect(second?.homes).toEqual({ orders: 1 });
  });
});

describe('the working set', () => {
  it('follows merges to their end, be they in memory or not', async () => {
    const entries = new Map<string, string>();
    const working = new WorkingSet(memoryState(entries));
    for (const each of [component(1, { mergedInto: 2 }), component(2, { mergedInto: 3 }), component(3)])
      working.touchComponent(each);
    working.setKey(keyNode('orders', 'a/b', 'order:1'), 1);
    await working.takeCheckpoint({
      version: 1,
      position: 0,
      nextInstanceNo: 4,
      nextEventNo: 1,
      duplicates: 0,
      flows: [],
    })();
    for (const dropped of [[3], [2, 3], [1, 2, 3], [2], [1, 3], []]) {
      for (const no of dropped) working.components.delete(no);
      await working.loadComponents([1]);
      expect([working.resolve(1), working.components.get(3)?.no]).toEqual([3, 3]);
    }
    const restarted = new WorkingSet(memoryState(entries));
    await restarted.loadKeys([keyNode('orders', 'a/b', 'order:1')]);
    expect(restarted.resolve(restarted.keys.get(keyNode('orders', 'a/b', 'order:1')) ?? 0)).toBe(3);
  });

  it('refuses a state that a newer version wrote', async () => {
    const working = new WorkingSet(memoryState(new Map([['m', '{"version":2}']])));
    await expect(working.checkpointed()).rejects.toThrow('version 2');
  });

  it('keeps little in memory after eviction, and finds what it dropped', async () => {
    const working = new WorkingSet(memoryState());
    for (let no = 1; no <= 100; no++) {
      const key = `order:${no}`;
      working.touchComponent(component(no, { keys: new Set([key]) }));
      working.setKey(keyNode('orders', 'a/b', key), no);
    }
    await working.takeCheckpoint({
      version: 1,
      position: 0,
      nextInstanceNo: 101,
      nextEventNo: 1,
      duplicates: 0,
      flows: [],
    })();
    working.evict(10);
    expect(working.components.size).toBeLessThanOrEqual(10);
    expect(working.keys.size).toBe(working.components.size);
    await working.loadKeys([keyNode('orders', 'a/b', 'order:1')]);
    expect([...(working.components.get(1)?.keys ?? [])]).toEqual(['order:1']);
  });
});
