import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyReader } from '../config/flow.ts';
import type { NormalisedEvent } from '../event/event.ts';
import type { OtlpHead } from '../intake/record.ts';
import {
  anyRequest,
  asJson,
  asProtobuf,
  type KeyValue,
  NOW_NANOS,
  NOW_US,
  type Request,
  requestOf,
  type SpanJson,
  span,
  textsOf,
} from '../receive/otlp/otlp.testkit.ts';
import { normaliseOtlp } from './otlp.ts';
import { REFUSED_MAX } from './refused-items.ts';

const HEAD: OtlpHead = { wire: 'otlp', encoding: 'json', receivedAtUs: NOW_US, mode: 'live' };
const KEYS: KeyReader[] = [{ keyType: 'order', source: 'otlp', attribute: 'order.id' }];

function normalise(request: Request, keys: readonly KeyReader[] = KEYS) {
  const fromJson = normaliseOtlp(HEAD, asJson(request), keys);
  const fromProtobuf = normaliseOtlp({ ...HEAD, encoding: 'protobuf' }, asProtobuf(request), keys);
  expect(fromProtobuf).toEqual(fromJson);
  return fromJson;
}

function eventOf(fields: Partial<SpanJson>, resource?: Record<string, string>, keys = KEYS): NormalisedEvent {
  const { events } = normalise(requestOf([span(fields)], resource), keys);
  if (events[0] === undefined) throw new Error('there is no event');
  return events[0];
}

describe('normaliseOtlp', () => {
  it('makes one event of one span', () => {
    const found = eventOf({
      spanId: 'eee19b7ec3c1b174',
      parentSpanId: 'eee19b7ec3c1b173',
      attributes: [
        ...textsOf({ 'messaging.system': 'kafka', 'order.id': ' 42 ', 'service.peer.name': 'billing' }),
      ],
      links: [{ traceId: '11'.repeat(16), spanId: '22'.repeat(8) }],
      status: { code: 1 },
    });
    expect(found).toEqual({
      id: '5b8efff798038103d269b633813fc60c:eee19b7ec3c1b174',
      scope: 'default/default',
      source: 'otlp',
      type: 'orders.placed',
      kind: 'event',
      timeUs: NOW_US - 5_000_124,
      timeNs: 544,
      durationUs: 1_000_124,
      service: 'orders',
      peer: 'billing',
      status: 'ok',
      error: undefined,
      trace: {
        traceId: '5b8efff798038103d269b633813fc60c',
        spanId: 'eee19b7ec3c1b174',
        parentSpanId: 'eee19b7ec3c1b173',
        links: [{ traceId: '11'.repeat(16), spanId: '22'.repeat(8) }],
      },
      message: { role: 'published', destination: 'orders.placed', messageId: '' },
      keys: { order: ['42'] },
      attributes: { 'messaging.system': 'kafka', 'order.id': ' 42 ', 'service.peer.name': 'billing' },
      sequence: 0,
      receivedAtUs: NOW_US,
      flags: [],
      declaredFlow: '',
    });
  });

  it('is pure: the same bytes give the same events, in both encodings', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const once = normalise(request);
        expect(normalise(request)).toEqual(once);
        expect(JSON.parse(JSON.stringify(once)).events).toHaveLength(once.events.length);
      }),
      { numRuns: 50 },
    );
  });

  it('makes an operation of a span that is no message, named as it is', () => {
    expect(eventOf({ kind: 2, name: 'GET /orders' })).toMatchObject({
      type: 'GET /orders',
      kind: 'operation',
      message: undefined,
    });
    expect(eventOf({ kind: 2, name: '' }).type).toBe('(unnamed)');
    expect(eventOf({ kind: 4, name: '' }).type).toBe('(unnamed)');
  });

  it('names a message by its CloudEvents type where it has one', () => {
    expect(eventOf({ attributes: textsOf({ 'cloudevents.event_type': 'order.placed' }) }).type).toBe(
      'order.placed',
    );
  });

  it('takes no parent of zeros for a parent', () => {
    expect(eventOf({ parentSpanId: '00'.repeat(8) }).trace?.parentSpanId).toBe('');
  });

  it('gives an end before the start the duration 0 and says so', () => {
    const found = eventOf({ endTimeUnixNano: String(NOW_NANOS - 9_000_000_000n) });
    expect(found).toMatchObject({ durationUs: 0, flags: ['end-before-start'] });
  });

  it('reads error, its type and its message', () => {
    const exception = (type: string, message: string) => ({
      timeUnixNano: '1',
      name: 'exception',
      attributes: textsOf({ 'exception.type': type, 'exception.message': message }),
    });
    expect(eventOf({ status: { code: 2, message: 'declined' } })).toMatchObject({
      status: 'error',
      error: { type: '', message: 'declined' },
    });
    expect(eventOf({ status: { code: 2 }, attributes: textsOf({ 'error.type': 'timeout' }) }).error).toEqual({
      type: 'timeout',
      message: '',
    });
    const events = [exception('First', '1'), exception('Last', '2')];
    expect(eventOf({ status: { code: 2 }, events }).error).toEqual({ type: 'Last', message: '2' });
    expect(eventOf({ status: { code: 0 }, events })).toMatchObject({ status: 'unset', error: undefined });
    expect(eventOf({ status: { code: 9 } }).status).toBe('unset');
  });
});

describe('the scope of an event', () => {
  const scopeOf = (resource: Record<string, string>) => eventOf({}, resource).scope;

  it('is tenant and environment, by the current and the older name', () => {
    expect(scopeOf({ 'tenant.id': 'acme', 'deployment.environment.name': 'prod' })).toBe('acme/prod');
    expect(scopeOf({ 'deployment.environment': 'test' })).toBe('default/test');
    expect(scopeOf({ 'tenant.id': ' ', 'deployment.environment.name': '' })).toBe('default/default');
  });

  it('is never that of another tenant', () => {
    const parts = fc.string({
      unit: fc.constantFrom('a', '/', '%', '2', 'F', '\u0000'),
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(parts, parts, parts, parts, (a, b, c, d) => {
        const same = a === c && b === d;
        const scopes = [
          scopeOf({ 'tenant.id': a, 'deployment.environment.name': b }),
          scopeOf({ 'tenant.id': c, 'deployment.environment.name': d }),
        ];
        expect(scopes[0] === scopes[1]).toBe(same);
      }),
      { numRuns: 200 },
    );
    expect(scopeOf({ 'tenant.id': 't'.repeat(5000) }).length).toBeLessThan(1100);
  });
});

describe('the keys of an event', () => {
  const reader = (keyType: string, attribute: string): KeyReader => ({ keyType, source: 'otlp', attribute });

  it('come from the span, else from its resource', () => {
    const resource = { 'service.name': 'orders', 'order.id': 'of the resource' };
    expect(eventOf({}, resource).keys).toEqual({ order: ['of the resource'] });
    expect(eventOf({ attributes: textsOf({ 'order.id': '7' }) }, resource).keys).toEqual({ order: ['7'] });
  });

  it('may be several of one type, without doubles, and of other types than text', () => {
    const attributes: KeyValue[] = [
      { key: 'order.id', value: { intValue: '42' } },
      { key: 'orderId', value: { stringValue: '42' } },
      { key: 'oid', value: { intValue: '9007199254740993' } },
      { key: 'blank', value: { stringValue: '  ' } },
    ];
    const readers = ['order.id', 'orderId', 'oid', 'blank', 'none'].map((name) => reader('order', name));
    expect(eventOf({ attributes }, {}, readers).keys).toEqual({ order: ['42', '9007199254740993'] });
  });

  it('are read by other sources from elsewhere', () => {
    expect(
      eventOf({ attributes: textsOf({ 'order.id': '7' }) }, {}, [
        { keyType: 'order', attribute: 'order.id', source: 'file' },
      ]).keys,
    ).toEqual({});
  });

  it('may have names that every object has', () => {
    expect(eventOf({}, {}, [reader('order', 'constructor')]).keys).toEqual({});
    expect(eventOf({ attributes: textsOf({ a: '1' }) }, {}, [reader('constructor', 'a')]).keys).toEqual({
      constructor: ['1'],
    });
  });

  it('are found behind the bound of attributes, and cut with a flag where they are long', () => {
    const many = Array.from(
      { length: 200 },
      (_, index): KeyValue => ({ key: `a${index}`, value: { intValue: '1' } }),
    );
    const found = eventOf({ attributes: [...many, ...textsOf({ 'order.id': 'k'.repeat(600) })] });
    expect(found.keys['order']?.[0]).toHaveLength(512);
    expect(Object.keys(found.attributes)).toHaveLength(128);
    expect([...found.flags].sort()).toEqual(['attributes-cut', 'key-cut']);
  });
});

describe('the bounds of an event', () => {
  it('hold for every text of the span', () => {
    const long = 'x'.repeat(20_000);
    const found = eventOf(
      {
        name: `send ${long}`,
        kind: 1,
        status: { code: 2, message: long },
        attributes: textsOf({ 'error.type': long, 'peer.service': long, 'messaging.message.id': long }),
      },
      { 'service.name': long, 'tenant.id': long },
    );
    expect(found.flags).toEqual(['value-cut']);
    for (const text of [found.type, found.service, found.peer, found.error?.type, found.error?.message]) {
      expect(text).toHaveLength(4096);
    }
    expect(JSON.stringify(found).length).toBeLessThan(40_000);
  });
});

describe('the spans that were refused', () => {
  it('become dead letters with their reason and content, and the others events', () => {
    const { events, deadLetters } = normalise(
      requestOf([span(), span({ name: 'early', startTimeUnixNano: '0' })]),
    );
    expect(events).toHaveLength(1);
    expect(deadLetters).toEqual([
      {
        id: expect.stringMatching(/^otlp:[0-9a-f]{32}$/),
        source: 'otlp',
        receivedAtUs: NOW_US,
        reason: expect.stringContaining("'early': start_time_unix_nano is not set"),
        content: expect.stringContaining('"name":"early"'),
      },
    ]);
    expect(deadLetters[0]?.content).toContain('"resource":{"service.name":"orders"}');
  });

  it('are told apart when they are the same twice', () => {
    const bad = span({ startTimeUnixNano: '0' });
    const { deadLetters } = normalise(requestOf([bad, bad]));
    expect(new Set(deadLetters.map((letter) => letter.id)).size).toBe(2);
  });

  it('are counted, not kept, when they are very many, and share a large resource without copying it', () => {
    const count = REFUSED_MAX + 7;
    const spans = Array.from({ length: count }, () => span({ startTimeUnixNano: '0' }));
    const { deadLetters } = normalise(requestOf(spans, { 'service.name': 's', big: 'b'.repeat(1_000_000) }));
    expect(deadLetters).toHaveLength(REFUSED_MAX + 1);
    expect(deadLetters.at(-1)?.reason).toBe('7 more spans of the same request were refused');
    expect(deadLetters[0]?.content.length).toBeLessThan(4096);
    expect(new Set(deadLetters.map((letter) => letter.id)).size).toBe(REFUSED_MAX + 1);
  });

  it('are kept up to 16 KiB', () => {
    const { deadLetters } = normalise(
      requestOf([span({ name: '😀'.repeat(20_000), startTimeUnixNano: '0' })]),
    );
    expect(deadLetters[0]?.content.length).toBeLessThanOrEqual(16 * 1024);
    expect(deadLetters[0]?.content.isWellFormed()).toBe(true);
  });
});
