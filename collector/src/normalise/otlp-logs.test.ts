import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyReader } from '../config/flow.ts';
import type { NormalisedEvent } from '../event/event.ts';
import {
  anyLogsRequest,
  type LogJson,
  type LogsRequest,
  log,
  logsAsJson,
  logsAsProtobuf,
  logsOf,
} from '../receive/otlp/logs.testkit.ts';
import { NOW_US, textsOf } from '../receive/otlp/otlp.testkit.ts';
import { normaliseOtlpLogs } from './otlp-logs.ts';

const HEAD = { wire: 'otlp-logs', encoding: 'json', receivedAtUs: NOW_US, mode: 'live' } as const;
const KEYS: KeyReader[] = [{ keyType: 'order', source: 'otlp', attribute: 'order.id' }];

function normalise(request: LogsRequest, keys: readonly KeyReader[] = KEYS) {
  const fromJson = normaliseOtlpLogs(HEAD, logsAsJson(request), keys);
  const fromProtobuf = normaliseOtlpLogs({ ...HEAD, encoding: 'protobuf' }, logsAsProtobuf(request), keys);
  expect(fromProtobuf).toEqual(fromJson);
  return fromJson;
}

function eventOf(fields: Partial<LogJson>, resource?: Record<string, string>): NormalisedEvent {
  const { events } = normalise(logsOf([log(fields)], resource));
  if (events[0] === undefined) throw new Error('there is no event');
  return events[0];
}

describe('a log record with a trace and a business key', () => {
  it('is one event', () => {
    const found = eventOf({ eventName: 'order.paid' });
    expect(found).toEqual({
      id: expect.stringMatching(/^5b8efff798038103d269b633813fc60c:[0-9a-f]{16}$/),
      scope: 'default/default',
      source: 'otlp',
      type: 'order.paid',
      kind: 'event',
      timeUs: NOW_US - 5_000_124,
      timeNs: 544,
      durationUs: 0,
      service: 'orders',
      peer: '',
      status: 'unset',
      error: undefined,
      trace: {
        traceId: '5b8efff798038103d269b633813fc60c',
        spanId: found.id.slice(33),
        parentSpanId: 'eee19b7ec3c1b174',
        links: [],
      },
      message: undefined,
      keys: { order: ['42'] },
      attributes: { 'order.id': '42', 'log.body': 'order 42 is paid\nby card' },
      sequence: 0,
      receivedAtUs: NOW_US,
      flags: [],
      declaredFlow: '',
    });
  });

  it('is named by its event name, else by the older attribute, else by the first line of what it says', () => {
    const attributes = textsOf({ 'order.id': '42', 'event.name': 'paid' });
    expect(eventOf({ attributes, eventName: 'order.paid' }).type).toBe('order.paid');
    expect(eventOf({ attributes }).type).toBe('paid');
    expect(eventOf({}).type).toBe('order 42 is paid');
    expect(eventOf({ body: { stringValue: '\n  paid \r\nby card' } }).type).toBe('paid');
    expect(eventOf({ body: { stringValue: 'x'.repeat(500) } }).type).toBe('x'.repeat(128));
    expect(eventOf({ body: {} }).type).toBe('(unnamed)');
  });

  it('finds its key in its resource, too', () => {
    const found = eventOf({ attributes: [] }, { 'order.id': '7', 'tenant.id': 'acme' });
    expect(found).toMatchObject({ keys: { order: ['7'] }, scope: 'acme/default' });
  });

  it('happened when it was observed where its sender did not know better', () => {
    expect(eventOf({ timeUnixNano: '0' }).timeUs).toBe(NOW_US - 5_000_000);
  });

  it('belongs to no span where the id is none', () => {
    expect(eventOf({ spanId: 'ab' }).trace?.parentSpanId).toBe('');
    expect(eventOf({ spanId: '00'.repeat(8) }).trace?.parentSpanId).toBe('');
  });

  it('is an error from severity 17 on, with what the exception says', () => {
    const attributes = textsOf({
      'order.id': '42',
      'exception.type': 'Declined',
      'exception.message': 'no cover',
    });
    expect(eventOf({ severityNumber: 16, attributes })).toMatchObject({ status: 'unset', error: undefined });
    expect(eventOf({ severityNumber: 17, attributes })).toMatchObject({
      status: 'error',
      error: { type: 'Declined', message: 'no cover' },
    });
    expect(eventOf({ severityNumber: 21 }).error).toEqual({ type: '', message: 'order 42 is paid\nby card' });
  });
});

describe('the id of a log record', () => {
  const idOf = (fields: Partial<LogJson>): string => eventOf(fields).id;

  it('is the same when it is sent again, also by somebody who observed it later', () => {
    expect(idOf({ observedTimeUnixNano: '1' })).toBe(idOf({}));
    const both = normalise(logsOf([log(), log({ eventName: 'order.paid' })])).events;
    const turned = normalise(logsOf([log({ eventName: 'order.paid' }), log()])).events;
    expect(turned.map(({ id }) => id).reverse()).toEqual(both.map(({ id }) => id));
  });

  it.each<Partial<LogJson>>([
    { traceId: '11'.repeat(16) },
    { spanId: '22'.repeat(8) },
    { timeUnixNano: '1763985594999876545' },
    { severityNumber: 10 },
    { body: { stringValue: 'order 42 is paid' } },
    { attributes: textsOf({ 'order.id': '42', by: 'card' }) },
    { eventName: 'order.paid' },
  ])('differs for %j', (fields) => {
    expect(idOf(fields)).not.toBe(idOf({}));
  });
});

describe('log records that are no events', () => {
  it('are counted: without a trace, without a key', () => {
    const request = logsOf([log(), log({ traceId: '' }), log({ attributes: [] }), {}]);
    expect(normalise(request)).toMatchObject({ ignored: 3, deadLetters: [] });
    expect(normalise(request, [])).toMatchObject({ ignored: 4, events: [] });
  });

  it('are found again by other rules', () => {
    const request = logsOf([log({ attributes: textsOf({ payment: '7' }) })]);
    expect(normalise(request).events).toEqual([]);
    const keys = [{ keyType: 'payment', source: 'otlp', attribute: 'payment' }] as const;
    expect(normalise(request, keys).events).toHaveLength(1);
  });

  it('are dead letters where their time can not be', () => {
    const { deadLetters, events } = normalise(
      logsOf([log({ timeUnixNano: '7000', eventName: 'order.paid' }), log()]),
    );
    expect(events).toHaveLength(1);
    expect(deadLetters).toEqual([
      expect.objectContaining({
        source: 'otlp',
        reason: "log record 'order.paid': time_unix_nano is not set or before 1980",
        content: expect.stringContaining('{"logRecord":{"traceId":"5b8efff798038103d269b633813fc60c"'),
      }),
    ]);
  });
});

it('whatever is sent: every record is an event, a dead letter or ignored', () => {
  fc.assert(
    fc.property(anyLogsRequest, (request) => {
      const found = normalise(request);
      const records = request.resourceLogs.flatMap((group) =>
        group.scopeLogs.flatMap((scope) => scope.logRecords),
      );
      const { events, deadLetters, ignored = 0 } = found;
      expect(events.length + deadLetters.length + ignored).toBe(records.length);
      expect(normalise(request)).toEqual(found);
    }),
  );
});
