import { describe, expect, it } from 'vitest';
import type { KeyReader } from '../config/flow.ts';
import { KafkaSection } from '../config/kafka.ts';
import { KafkaTopics } from '../config/kafka-topics.ts';
import { parsePath } from '../config/path.ts';
import type { KafkaMessage } from '../receive/kafka/message.ts';
import { packMessages } from '../receive/kafka/pack.testkit.ts';
import { normaliseCloudEvents } from './cloudevents.ts';
import { normaliseKafka } from './kafka.ts';

const RECEIVED_AT_US = Date.UTC(2026, 10, 25) * 1000;
const HEAD = {
  wire: 'kafka',
  mode: 'live',
  topic: 'orders',
  partition: 1,
  receivedAtUs: RECEIVED_AT_US,
} as const;
const READERS: KeyReader[] = [
  { keyType: 'order', source: 'cloudevents', path: parsePath('data.order') },
  { keyType: 'customer', source: 'kafka', path: parsePath('headers.customer'), topic: undefined },
];
const DATA = { order: 'o1', total: 5 };
const TRACEPARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const ATTRIBUTES = {
  specversion: '1.0',
  id: 'e-1',
  source: '/shop/orders',
  type: 'OrderPlaced',
  time: '2026-11-24T10:00:00.000001Z',
  traceparent: TRACEPARENT,
};

function normalised(headers: Record<string, string>, value: unknown, rule: object = {}) {
  const section = KafkaSection.parse({ brokers: ['a:1'], topics: [{ topic: 'orders', ...rule }] });
  const message: KafkaMessage = {
    offset: 5,
    timestampMs: 1_700_000_000_123,
    key: undefined,
    value:
      value === undefined
        ? undefined
        : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
    headers: Object.entries(headers).map(([name, text]) => ({ name, value: Buffer.from(text) })),
    isCut: false,
  };
  return normaliseKafka(HEAD, packMessages([message]), READERS, new KafkaTopics(section));
}

const BINARY = {
  ...Object.fromEntries(Object.entries(ATTRIBUTES).map(([name, value]) => [`ce_${name}`, value])),
  'content-type': 'application/json',
};
const STRUCTURED = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };

describe('a CloudEvent in a record', () => {
  it('is the same event in both modes, and as over HTTP, and the message that its topic has', () => {
    const [binary] = normalised(BINARY, DATA).events;
    const [structured] = normalised(STRUCTURED, { ...ATTRIBUTES, data: DATA }).events;
    expect(structured).toEqual(binary);
    const head = {
      wire: 'cloudevents',
      mode: 'live',
      encoding: 'structured',
      receivedAtUs: RECEIVED_AT_US,
    } as const;
    const [http] = normaliseCloudEvents(
      head,
      Buffer.from(JSON.stringify({ ...ATTRIBUTES, data: DATA })),
      READERS,
    ).events;
    expect(binary).toEqual({
      ...http,
      source: 'kafka:orders',
      message: { role: 'recorded', destination: 'orders', messageId: '1-5' },
      sequence: 5,
    });
    expect(binary?.keys).toEqual({ order: ['o1'] });
  });

  it('has the time of its record where it says none, and the keys that headers carry', () => {
    const headers = Object.fromEntries(Object.entries(BINARY).filter(([name]) => name !== 'ce_time'));
    const [event] = normalised({ ...headers, customer: 'c1' }, DATA).events;
    expect(event?.timeUs).toBe(1_700_000_000_123_000);
    expect(event?.keys).toEqual({ order: ['o1'], customer: ['c1'] });
  });

  it('is what the rule of its topic says where that says more', () => {
    const rule = { type: 'Fixed', service: { path: 'headers.customer' }, environment: 'prod' };
    const [event] = normalised({ ...BINARY, customer: 'c1' }, DATA, rule).events;
    expect([event?.type, event?.service, event?.scope]).toEqual(['Fixed', 'c1', 'default/prod']);
  });

  it('may carry no data, or data that is no JSON', () => {
    expect(normalised(BINARY, undefined).events).toHaveLength(1);
    const [event] = normalised({ ...BINARY, 'content-type': 'text/plain' }, 'hello').events;
    expect(event?.attributes).toMatchObject({ datacontenttype: 'text/plain', dataBytes: 5 });
  });

  it.each([
    [{ ...STRUCTURED }, { id: 'e' }, {}, 'not a CloudEvent: specversion: is missing'],
    [{ ...BINARY, ce_specversion: '9' }, DATA, {}, 'not a CloudEvent: specversion'],
    [{ ...STRUCTURED }, 'no JSON', {}, 'the value is not JSON'],
    [{ 'content-type': 'application/cloudevents-batch+json' }, [], {}, 'only the JSON format'],
    [{}, DATA, { format: 'cloudevents' }, 'not a CloudEvent: specversion: is missing'],
  ])('that is none is refused: headers %j, value %j, rule %j', (headers, value, rule, reason) => {
    const { events, deadLetters } = normalised(headers as Record<string, string>, value, rule);
    expect(events).toEqual([]);
    expect(deadLetters[0]?.reason).toContain(reason);
  });

  it('is not looked for where the rule says that values are JSON', () => {
    const [event] = normalised(BINARY, DATA, { format: 'json' }).events;
    expect([event?.id, event?.type]).toEqual(['kafka:orders-1-5@1700000000123', 'orders']);
  });
});
