import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePath } from '../config/path.ts';
import type { NormalisedEvent } from '../event/event.ts';
import { decodeIntakeRecord } from '../intake/record.ts';
import {
  BATCH,
  binaryHeaders,
  bodyOf,
  eventJson,
  STRUCTURED,
} from '../receive/cloudevents/cloudevents.testkit.ts';
import { cloudEvents } from '../receive/cloudevents/events.ts';
import { ATTRIBUTES_MAX, KEY_LENGTH_MAX } from './bounds.ts';
import { serviceOfSource } from './cloudevents-service.ts';
import { normalise } from './normalise.ts';

const NOW_US = Date.UTC(2026, 10, 24, 12) * 1000;

/** Through the receiver and back: what a sender sent, as events. */
function normalised(
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  paths: Readonly<Record<string, readonly string[]>> = {},
) {
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const request = {
    method: 'POST',
    path: '/api/v1/events',
    query: '',
    headers: lower,
    body,
    receivedAtUs: NOW_US,
  };
  cloudEvents.check(request);
  const { record } = cloudEvents.accept(request);
  const keyReaders = Object.entries(paths).flatMap(([keyType, texts]) =>
    texts.map((text) => ({ keyType, source: 'cloudevents' as const, path: parsePath(text) })),
  );
  return normalise(decodeIntakeRecord(record ?? new Uint8Array()), { keyReaders });
}

function eventOf(
  changes: Readonly<Record<string, unknown>>,
  paths: Readonly<Record<string, readonly string[]>> = {},
): NormalisedEvent {
  const [event] = normalised(STRUCTURED, bodyOf(eventJson(changes)), paths).events;
  if (event === undefined) throw new Error('there is no event');
  return event;
}

describe('a CloudEvent', () => {
  it('becomes an event', () => {
    expect(eventOf({ subject: 'order/42', comexample: 5, tenant: 'a/b', environment: 'prod' })).toEqual({
      id: '/mycontext/orders A234-1234-1234',
      scope: 'a%2Fb/prod',
      source: 'cloudevents',
      type: 'com.example.order.placed',
      kind: 'event',
      timeUs: Date.UTC(2026, 10, 24, 10, 31) * 1000 + 123_456,
      timeNs: 789,
      durationUs: 0,
      service: 'orders',
      peer: '',
      status: 'unset',
      error: undefined,
      trace: undefined,
      message: undefined,
      keys: {},
      attributes: {
        source: '/mycontext/orders',
        subject: 'order/42',
        comexample: '5',
        tenant: 'a/b',
        environment: 'prod',
        'data.order.id': 42,
      },
      sequence: 0,
      receivedAtUs: NOW_US,
      flags: [],
      declaredFlow: '',
    });
  });

  it('without a time happened when it was received', () => {
    expect(eventOf({ time: undefined })).toMatchObject({ timeUs: NOW_US, timeNs: 0 });
  });

  it('is a child of the span that its traceparent names', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b9c7c989f97918e1-01';
    const event = eventOf({ traceparent, tracestate: 'a=b' });
    expect(event.trace).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b9c7c989f97918e1',
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
      links: [],
    });
    expect(event.message).toEqual({
      role: 'recorded',
      destination: 'com.example.order.placed',
      messageId: '/mycontext/orders A234-1234-1234',
    });
    expect(eventOf({ traceparent }).trace).toEqual(event.trace);
    expect(eventOf({ traceparent, id: 'b' }).trace?.spanId).not.toBe(event.trace?.spanId);
    for (const wrong of ['', 'x', '00-00000000000000000000000000000000-b9c7c989f97918e1-01', 7]) {
      expect(eventOf({ traceparent: wrong }).trace).toBeUndefined();
    }
  });

  it('is in the order that its sequence says', () => {
    expect(eventOf({ sequence: '17' }).sequence).toBe(17);
    expect(eventOf({ sequence: 'b' }).sequence).toBe(0);
    const batch = normalised(BATCH, bodyOf([eventJson(), eventJson({ id: 'b' })]));
    expect(batch.events.map((event) => event.sequence)).toEqual([0, 1]);
  });

  it('has its data as attributes that are named as paths', () => {
    const data = { a: { 'b.c': true, d: [1, { e: 2 }] }, none: null, text: 'x', empty: {} };
    expect(eventOf({ data }).attributes).toEqual({
      source: '/mycontext/orders',
      'data.a["b.c"]': true,
      'data.a.d': '[1,{"e":2}]',
      'data.text': 'x',
    });
    expect(eventOf({ data: 'a text' }).attributes).toMatchObject({ data: 'a text' });
    expect(eventOf({ data: 7 }).attributes).toMatchObject({ data: 7 });
  });

  it('leaves of other data its type and size', () => {
    const source = '/mycontext/orders';
    const xml = { datacontenttype: 'Application/XML; charset=utf-8', data: '<ä/>' };
    expect(eventOf(xml).attributes).toEqual({ source, datacontenttype: 'application/xml', dataBytes: 5 });
    const broken = normalised(binaryHeaders(), Buffer.from('{"a":'));
    expect(broken.events[0]?.attributes).toEqual({ source, dataBytes: 5 });
  });

  it('is bounded', () => {
    const data = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`a${index}`, index]));
    const wide = eventOf({ data, id: 'i'.repeat(5000), type: 't'.repeat(5000) });
    expect(Object.keys(wide.attributes)).toHaveLength(ATTRIBUTES_MAX);
    expect([...wide.flags].sort()).toEqual(['attributes-cut', 'value-cut']);
    expect(wide.id.length).toBe(KEY_LENGTH_MAX);
    const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const members = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    for (const deep of [nested, members]) {
      const text = JSON.stringify(eventJson({ data: 'HERE' })).replace('"HERE"', deep);
      const found = normalised(BATCH, Buffer.from(`[${text},{"deep":${deep}}]`));
      expect(found.events).toHaveLength(1);
      expect(found.deadLetters).toHaveLength(1);
    }
  });

  it('that was refused is a dead letter', () => {
    const { events, deadLetters } = normalised(BATCH, bodyOf([eventJson(), { specversion: '1.0', id: 'x' }]));
    expect(events).toHaveLength(1);
    expect(deadLetters).toEqual([
      {
        id: expect.stringMatching(/^cloudevents:[0-9a-f]{32}$/),
        source: 'cloudevents',
        receivedAtUs: NOW_US,
        reason: 'source: is missing: expected a text that is not empty',
        content: '{"specversion":"1.0","id":"x"}',
      },
    ]);
  });
});

describe('the keys of a CloudEvent', () => {
  const paths = {
    order: ['data.orderId', 'data.lines[*].order', 'data["order.id"]'],
    subject: ['subject'],
    ext: ['partitionkey'],
  };

  it('are read from data, context attributes and extensions', () => {
    const data = { orderId: 7, lines: [{ order: '8' }, { order: ' 7 ' }, {}], 'order.id': '9' };
    expect(eventOf({ data, subject: 's', partitionkey: true }, paths).keys).toEqual({
      order: ['7', '8', '9'],
      subject: ['s'],
      ext: ['true'],
    });
    expect(eventOf({ data: 'x' }, paths).keys).toEqual({});
  });

  it('stay exact and bounded', () => {
    const body = Buffer.from(
      JSON.stringify(eventJson({ data: 'N' })).replace('"N"', '{"orderId":12345678901234567891}'),
    );
    expect(normalised(STRUCTURED, body, paths).events[0]?.keys).toEqual({ order: ['12345678901234567891'] });
    const long = eventOf({ data: { orderId: 'x'.repeat(1000) } }, paths);
    expect(long.keys['order']?.[0]).toHaveLength(KEY_LENGTH_MAX);
    expect(long.flags).toContain('key-cut');
  });

  it('may be of a type that every object has', () => {
    expect(Object.hasOwn(eventOf({}, { constructor: ['subject'] }).keys, 'constructor')).toBe(false);
    expect(eventOf({ subject: 'a' }, { constructor: ['subject'] }).keys['constructor']).toEqual(['a']);
  });
});

describe('the mode of transport', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
  // White space at the ends of a header's value does not survive HTTP parsers that do not decode it; encoded it does.
  const event = fc.record(
    {
      id: text,
      source: text,
      type: text,
      subject: text,
      time: fc
        .date({ min: new Date(0), max: new Date(NOW_US / 1000), noInvalidDate: true })
        .map((date) => date.toISOString()),
      ext: fc.oneof(text, fc.boolean(), fc.integer()),
      sequence: fc.nat().map(String),
      traceparent: fc.constant('00-0af7651916cd43dd8448eb211c80319c-b9c7c989f97918e1-01'),
      datacontenttype: fc.constantFrom(
        'application/json',
        'application/a+json; charset=utf-8',
        'text/plain',
        'image/png',
      ),
      data: fc.jsonValue({ maxDepth: 3 }),
    },
    { requiredKeys: ['id', 'source', 'type'] },
  );

  it('is of no consequence for the event', () => {
    const paths = { a: ['data.a', 'data[0]', 'subject'], b: ['ext', 'data'] };
    fc.assert(
      fc.property(event, (changes) => {
        const isJson = changes.datacontenttype?.includes('json') ?? true;
        const data = isJson ? (changes.data ?? undefined) : 'a text';
        const json = { specversion: '1.0', ...changes, data };
        const encoded = data === undefined ? '' : isJson ? JSON.stringify(data) : 'a text';
        const base64 = { ...json, data: undefined, data_base64: Buffer.from(encoded).toString('base64') };
        const headers = binaryHeaders({ time: undefined, ...changes });
        const [structured] = normalised(STRUCTURED, bodyOf(json), paths).events;
        expect(structured).toBeDefined();
        expect(normalised(BATCH, bodyOf([json]), paths).events[0]).toEqual(structured);
        expect(normalised(headers, Buffer.from(encoded), paths).events[0]).toEqual(structured);
        expect(normalised(STRUCTURED, bodyOf(base64), paths).events[0]).toEqual(structured);
      }),
    );
  });
});

describe('the service of a source', () => {
  it.each([
    ['/orders', 'orders'],
    ['/shop/orders/', 'orders'],
    ['/shop/orders/4711', 'orders'],
    ['/shop/orders/6e8bc430-9c3a-11d9-9669-0800200c9a66', 'orders'],
    ['/4711', '4711'],
    ['https://shop.example/orders?x=/y#/z', 'orders'],
    ['https://orders.example', 'orders.example'],
    ['https://orders.example:8080/17', 'orders.example:8080'],
    ['//shop.example/a%20b', 'a b'],
    ['//shop.example/%zz', '%zz'],
    ['order-service', 'order-service'],
    ['urn:example:orders', 'urn:example:orders'],
    ['mailto:a@b.c', 'mailto:a@b.c'],
    ['1-555-123-4567', '1-555-123-4567'],
    ['#', '#'],
  ])('%s is %s', (source, service) => {
    expect(serviceOfSource(source)).toBe(service);
  });
});
