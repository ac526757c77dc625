import fc from 'fast-check';
import { expect, it } from 'vitest';
import { undeclaredFlow } from '../config/flow.ts';
import { anyRequest, asProtobuf, NOW_NANOS, NOW_US, type Request } from '../receive/otlp/otlp.testkit.ts';
import { fill } from '../store/contract/fixtures.testkit.ts';
import { openEmbeddedStore } from '../store/embedded/embedded-store.ts';
import { normaliseOtlp } from './otlp.ts';

const KEYS = [{ keyType: 'order', source: 'otlp', attribute: 'key' }] as const;

/** Spans of now, of which most carry one of a few keys, beside everything else that a span may carry. */
const requests: fc.Arbitrary<Request> = anyRequest.map((request) => ({
  resourceSpans: request.resourceSpans.map((group) => ({
    ...group,
    scopeSpans: group.scopeSpans.map(({ spans }) => ({
      spans: spans.map((span, place) => ({
        ...span,
        startTimeUnixNano: String(NOW_NANOS - BigInt(place) * 1_000_001n),
        endTimeUnixNano: String(NOW_NANOS),
        attributes: [
          ...(span.attributes ?? []),
          { key: 'key', value: { stringValue: `${span.name.slice(0, 2)}\u0000\ud83d\ude00"` } },
        ],
      })),
    })),
  })),
}));

it('whatever the receiver accepts can be correlated, stored and asked for', async () => {
  const bodies = fc.sample(requests, { numRuns: 150, seed: 20_261_124 }).map(asProtobuf);
  const events = bodies.flatMap(
    (body) =>
      normaliseOtlp({ wire: 'otlp', encoding: 'protobuf', receivedAtUs: NOW_US, mode: 'live' }, body, KEYS)
        .events,
  );
  expect(events.length).toBeGreaterThan(200);
  const store = await openEmbeddedStore({ path: ':memory:', memoryLimit: '200MB', threads: 1 });
  try {
    await fill(store, events, [undeclaredFlow('order')], 100);
    const counts = await store.counts(NOW_US);
    expect(counts.events).toBe(new Set(events.map((event) => event.id)).size);
    const attributes = [{ name: 'key', value: 'none' }];
    const filtered = await store.chain({
      flow: 'order',
      filter: { attributes },
      view: undefined,
      nowUs: NOW_US,
    });
    expect(filtered.instances).toBe(0);
    for (const event of events.slice(0, 50)) {
      const [hit] = await store.search(event.id, NOW_US);
      expect(hit).toBeDefined();
      expect(await store.instance(hit?.row.instance ?? '', NOW_US)).toBeDefined();
    }
  } finally {
    await store.close();
  }
});
