import { describe, expect, it } from 'vitest';
import type { KeyReader } from '../config/flow.ts';
import { KafkaSection } from '../config/kafka.ts';
import { KafkaTopics } from '../config/kafka-topics.ts';
import { parsePath } from '../config/path.ts';
import { mutated, randomOf } from '../receive/http/mutation.testkit.ts';
import type { KafkaMessage } from '../receive/kafka/message.ts';
import { packMessages } from '../receive/kafka/pack.testkit.ts';
import { normaliseKafka } from './kafka.ts';
import { readKafkaMessage } from './kafka-read.ts';

const MUTATIONS = process.env['THROUGHLINE_LONG'] === undefined ? 100_000 : 1_000_000;
const HEAD = { wire: 'kafka', mode: 'live', topic: 'orders', partition: 1, receivedAtUs: 9 } as const;
const READERS: KeyReader[] = [
  { keyType: 'order', source: 'kafka', path: parsePath('value.order.id'), topic: undefined },
  { keyType: 'order', source: 'kafka', path: parsePath('value.refs[*]'), topic: 'orders' },
  { keyType: 'customer', source: 'kafka', path: parsePath('headers.customer'), topic: undefined },
  { keyType: 'constructor', source: 'kafka', path: parsePath('key'), topic: 'others' },
  { keyType: 'order', source: 'otlp', attribute: 'order.id' },
];

function topicsOf(rule: object): KafkaTopics {
  return new KafkaTopics(KafkaSection.parse({ brokers: ['a:1'], topics: [{ topic: 'orders', ...rule }] }));
}

function messageOf(
  value: unknown,
  headers: Record<string, string> = {},
  more: Partial<KafkaMessage> = {},
): KafkaMessage {
  return {
    offset: 5,
    timestampMs: 1_700_000_000_123,
    key: Buffer.from('k1'),
    value:
      value === undefined
        ? undefined
        : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
    headers: Object.entries(headers).map(([name, text]) => ({ name, value: Buffer.from(text) })),
    isCut: false,
    ...more,
  };
}

function normalised(message: KafkaMessage, rule: object = {}) {
  return normaliseKafka(HEAD, packMessages([message]), READERS, topicsOf(rule));
}

function eventOf(message: KafkaMessage, rule: object = {}) {
  const { events, deadLetters } = normalised(message, rule);
  expect(deadLetters).toEqual([]);
  const [event] = events;
  if (event === undefined) throw new Error('there is no event');
  return event;
}

function reasonOf(message: KafkaMessage, rule: object = {}): string | undefined {
  return normalised(message, rule).deadLetters[0]?.reason;
}

describe('a record of a topic', () => {
  it('is an event of its place, its timestamp and what its value says', () => {
    const event = eventOf(
      messageOf({ order: { id: 42, 'a.b': true }, refs: ['x', 'y', 'x'], no: null }, { customer: 'c1' }),
    );
    expect(event).toMatchObject({
      id: 'kafka:orders-1-5@1700000000123',
      source: 'kafka:orders',
      type: 'orders',
      kind: 'event',
      timeUs: 1_700_000_000_123_000,
      scope: 'default/default',
      message: { role: 'recorded', destination: 'orders', messageId: '1-5' },
      trace: undefined,
      sequence: 5,
      receivedAtUs: 9,
    });
    expect({ ...event.keys }).toEqual({ order: ['42', 'x', 'y'], customer: ['c1'] });
    expect(event.attributes).toEqual({
      key: 'k1',
      'headers.customer': 'c1',
      'value.order.id': 42,
      'value.order["a.b"]': true,
      'value.refs': '["x","y","x"]',
    });
  });

  it.each([
    [{}, { type: 'Placed' }, 'Placed'],
    [{}, { 'event-type': 'Placed' }, 'Placed'],
    [{}, { __TypeId__: 'com.acme.orders.Orders$Placed' }, 'Placed'],
    [{}, { type: ' ' }, 'orders'],
    [{ type: 'Fixed' }, { type: 'Placed' }, 'Fixed'],
    [{ type: { path: 'value.kind' } }, { type: 'Placed' }, 'Said'],
    [{ type: { path: 'headers.type' } }, { type: 'Placed' }, 'Placed'],
  ])('has its type from the rule %j, headers %j, or the topic: %s', (rule, headers, type) => {
    expect(eventOf(messageOf({ kind: 'Said' }, headers), rule).type).toBe(type);
  });

  it('has its time, service and scope from where the rule says', () => {
    const rule = {
      time: { path: 'value.at' },
      service: { path: 'headers.from' },
      tenant: 'acme',
      environment: { path: 'value.env' },
    };
    const event = eventOf(
      messageOf({ at: '2026-01-02T03:04:05.123456789Z', env: 'prod/eu' }, { from: 'shop' }),
      rule,
    );
    expect([event.timeUs, event.timeNs]).toEqual([Date.UTC(2026, 0, 2, 3, 4, 5) * 1000 + 123_456, 789]);
    expect([event.service, event.scope]).toEqual(['shop', 'acme/prod%2Feu']);
    expect(eventOf(messageOf({}, { 'service.name': 'billing' })).service).toBe('billing');
  });

  it('is a child of the span that its traceparent names', () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const { trace } = eventOf(messageOf({}, { traceparent }));
    expect(trace).toEqual({
      traceId: 'a'.repeat(32),
      parentSpanId: 'b'.repeat(16),
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
      links: [],
    });
    expect(eventOf(messageOf({}, { traceparent }, { offset: 6 })).trace?.spanId).not.toBe(trace?.spanId);
    for (const wrong of [
      '',
      '00-x',
      `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`,
      `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    ])
      expect(eventOf(messageOf({}, { traceparent: wrong })).trace).toBeUndefined();
  });

  it('without a value is an event too, and an opaque one is not looked into', () => {
    expect(eventOf(messageOf(undefined)).attributes['messaging.kafka.message.tombstone']).toBe(true);
    expect(eventOf(messageOf('\u0000avro', { customer: 'c' }), { format: 'opaque' }).keys).toEqual({
      customer: ['c'],
    });
  });

  it('keeps integers that no double can hold', () => {
    expect(eventOf(messageOf('{"order":{"id":9007199254740993}}')).keys).toEqual({
      order: ['9007199254740993'],
    });
  });

  it('that can not be read is a dead letter with its place and what it said', () => {
    const { events, deadLetters } = normalised(messageOf('{"order":'));
    expect(events).toEqual([]);
    expect(deadLetters).toEqual([
      {
        id: 'kafka:orders-1-5@1700000000123',
        source: 'kafka:orders',
        receivedAtUs: 9,
        reason: expect.stringMatching(/^the value is not JSON: /),
        content: '{"order":',
      },
    ]);
    expect(reasonOf(messageOf({}, {}, { value: Buffer.of(0xff) }))).toBe(
      'the value is not JSON: it is no text in UTF-8',
    );
    expect(reasonOf(messageOf({}), { type: { path: 'value.kind' } })).toBe(
      'the type is missing: there is nothing at value.kind',
    );
    expect(reasonOf(messageOf({}), { time: { path: 'value.at' } })).toBe(
      'the time is missing: there is nothing at value.at',
    );
    expect(reasonOf(messageOf({ at: 'soon' }), { time: { path: 'value.at' } })).toBe(
      "the time at value.at can't be read: 'soon'",
    );
    expect(reasonOf(messageOf('{', {}, { isCut: true }))).toBe('the record is too large to be kept');
    const long = normalised(messageOf('x'.repeat(100_000))).deadLetters[0];
    expect(long?.content).toHaveLength(16 * 1024);
  });

  it('is bounded: attributes, texts, keys', () => {
    const wide = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`a${i}`, i]));
    const event = eventOf(
      messageOf({ ...wide, order: { id: 'i'.repeat(5000) } }, { type: 't'.repeat(5000) }),
    );
    expect(Object.keys(event.attributes)).toHaveLength(128);
    expect(event.type).toHaveLength(4096);
    expect(event.keys['order']?.[0]).toHaveLength(512);
    expect([...event.flags].sort()).toEqual(['attributes-cut', 'key-cut', 'value-cut']);
  });
});

it(`reads or refuses ${MUTATIONS} mutated records, as the receiver does, without a fault and in time`, () => {
  const rule = { type: { path: 'value.kind' }, time: { path: 'value.at' } };
  const rules = [topicsOf(rule), topicsOf({})];
  const whole = Buffer.from(
    JSON.stringify({
      kind: 'K',
      at: '2026-01-02T03:04:05Z',
      order: { id: 'o1' },
      note: 'of any length. '.repeat(20),
      refs: [1, 'x', {}],
    }),
  );
  const random = randomOf(20_261_125);
  let [read, refused, slowestMs] = [0, 0, 0];
  for (let i = 0; i < MUTATIONS; i++) {
    const message = messageOf({}, { customer: 'c' }, { value: mutated(whole, random) });
    const topics = rules[i % 2];
    const startedMs = performance.now();
    const { events, deadLetters } = normaliseKafka(HEAD, packMessages([message]), READERS, topics);
    slowestMs = Math.max(slowestMs, performance.now() - startedMs);
    const reading = readKafkaMessage(message, HEAD, HEAD.receivedAtUs, topics?.find('orders'));
    if (
      events.length + deadLetters.length !== 1 ||
      (typeof reading === 'string') !== (deadLetters.length === 1)
    )
      throw new Error(`not as the receiver reads it: ${message.value}`);
    const [event] = events;
    if (event !== undefined && !(Number.isSafeInteger(event.timeUs) && event.type !== ''))
      throw new Error(JSON.stringify(event));
    if (event === undefined) refused++;
    else read++;
  }
  expect(read).toBeGreaterThan(MUTATIONS / 20);
  expect(refused).toBeGreaterThan(MUTATIONS / 20);
  expect(slowestMs).toBeLessThan(1000);
}, 120_000);
