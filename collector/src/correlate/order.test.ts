import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correlated, normalisedEvent, span } from './events.testkit.ts';
import { sortEvents } from './order.ts';

const idsOf = (events: readonly { readonly id: string }[]) =>
  sortEvents(events as never[]).map(({ id }: { id: string }) => id);

describe('the order of events', () => {
  it('is by time, then by the nanoseconds that microseconds leave out', () => {
    const events = [
      span('t/c', { at: 2 }),
      span('t/b', { at: 1, timeNs: 7 }),
      span('t/a', { at: 1, timeNs: 3 }),
    ];
    expect(idsOf(events)).toEqual(['t/a', 't/b', 't/c']);
  });

  it('breaks ties by source, then sequence, then id', () => {
    const row = (id: string, source: string, sequence: number) =>
      correlated(normalisedEvent({ id, source, sequence }));
    const events = [
      row('c', 'file:b', 1),
      row('b', 'file:a', 2),
      row('d', 'file:a', 10),
      row('a', 'file:a', 2),
    ];
    expect(idsOf(events)).toEqual(['a', 'b', 'd', 'c']);
  });

  it('puts causes first within one instant: parents, and what links point to', () => {
    const events = [
      span('t/a', { parent: 'b', sequence: 0 }),
      span('t/b', { parent: 'z', sequence: 1 }),
      span('u/c', { links: ['t/d'], sequence: 2 }),
      span('t/d', { sequence: 3 }),
    ];
    expect(idsOf(events)).toEqual(['t/b', 't/a', 't/d', 'u/c']);
  });

  it('does not let causes overrule the clock', () => {
    expect(idsOf([span('t/a', { parent: 'b', at: 1 }), span('t/b', { at: 2 })])).toEqual(['t/a', 't/b']);
  });

  it('ends with spans that are their own causes', () => {
    const events = [span('t/a', { parent: 'b' }), span('t/b', { parent: 'a' }), span('t/c', { parent: 'c' })];
    expect(idsOf(events).sort()).toEqual(['t/a', 't/b', 't/c']);
  });

  it('takes a chain of 20,000 spans of one instant without taking long', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) =>
      span(`t/${i}`, { parent: String(i + 1), sequence: i }),
    );
    const start = performance.now();
    const sorted = sortEvents(chain);
    expect(performance.now() - start).toBeLessThan(3000);
    expect(sorted[0]?.id).toBe('t/19999');
    expect(sorted.at(-1)?.id).toBe('t/0');
  });

  it('is the same from wherever one starts', () => {
    const spanNames = fc.constantFrom('1', '2', '3', '4', '5');
    const some = fc.uniqueArray(
      fc.record({ name: spanNames, at: fc.constantFrom(0, 0, 1), parent: spanNames, link: spanNames }),
      { selector: ({ name }) => name },
    );
    fc.assert(
      fc.property(
        some.chain((list) => {
          const events = list.map(({ name, at, parent, link }) =>
            span(`t/${name}`, { at, parent, links: [`t/${link}`] }),
          );
          return fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length }));
        }),
        ([events, shuffled]) => {
          expect(idsOf(shuffled)).toEqual(idsOf(events));
        },
      ),
    );
  });
});
