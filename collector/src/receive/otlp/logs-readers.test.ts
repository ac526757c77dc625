import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OtlpLogRecord } from './log-record.ts';
import { anyLogsRequest, log, logsAsJson, logsAsProtobuf, logsOf } from './logs.testkit.ts';
import { readLogsRequestJson } from './logs-json.ts';
import { readLogsRequest } from './logs-protobuf.ts';
import { NOW_US, textsOf } from './otlp.testkit.ts';

type Found = OtlpLogRecord & { readonly index: number; readonly resource: object };

function readAll(read: typeof readLogsRequest, body: Uint8Array): Found[] {
  const records: Found[] = [];
  const count = read(body, (record, resource, index) =>
    records.push({ ...record, index, resource: resource.attributes }),
  );
  expect(count).toBe(records.length);
  return records;
}

describe('log records', () => {
  it('are read whole, in both encodings', () => {
    const request = logsOf([
      log({ eventName: 'order.paid', attributes: textsOf({ 'order.id': '42', by: 'card' }) }),
      { body: { kvlistValue: { values: [{ key: 'a', value: { intValue: '9007199254740993' } }] } } },
    ]);
    const expected = [
      {
        index: 0,
        resource: { 'service.name': 'orders' },
        traceId: '5b8efff798038103d269b633813fc60c',
        spanId: 'eee19b7ec3c1b174',
        time: { us: NOW_US - 5_000_124, ns: 544 },
        observedTime: { us: NOW_US - 5_000_000, ns: 0 },
        severityNumber: 9,
        eventName: 'order.paid',
        body: 'order 42 is paid\nby card',
        attributes: { 'order.id': '42', by: 'card' },
      },
      {
        index: 1,
        resource: { 'service.name': 'orders' },
        traceId: '',
        spanId: '',
        time: { us: 0, ns: 0 },
        observedTime: { us: 0, ns: 0 },
        severityNumber: 0,
        eventName: '',
        body: '{"a":"9007199254740993"}',
        attributes: {},
      },
    ];
    expect(readAll(readLogsRequest, logsAsProtobuf(request))).toEqual(expected);
    expect(readAll(readLogsRequestJson, logsAsJson(request))).toEqual(expected);
  });

  it('are the same from both encodings, whatever they are', () => {
    fc.assert(
      fc.property(anyLogsRequest, (request) => {
        const fromProtobuf = readAll(readLogsRequest, logsAsProtobuf(request));
        expect(readAll(readLogsRequestJson, logsAsJson(request))).toEqual(fromProtobuf);
        const count = request.resourceLogs.flatMap((group) =>
          group.scopeLogs.flatMap((scope) => scope.logRecords),
        ).length;
        expect(fromProtobuf).toHaveLength(count);
      }),
    );
  });

  it('may have their severity by name and their times as exact numbers in JSON', () => {
    const body = Buffer.from(
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":"SEVERITY_NUMBER_ERROR2","timeUnixNano":1763985595123456789}]}]}]}',
    );
    const [found] = readAll(readLogsRequestJson, body);
    expect(found).toMatchObject({ severityNumber: 18, time: { us: 1_763_985_595_123_456, ns: 789 } });
  });

  it.each([
    ['{"resourceLogs":7}', /resourceLogs must be an array/],
    ['{"resourceLogs":[{"scopeLogs":[{"logRecords":[7]}]}]}', /logRecords\[0\] must be an object/],
    ['{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":7}]}]}]}', /logRecords\[0\]\.eventName/],
    ['{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"xy"}]}]}]}', /traceId must be hexadecimal/],
  ])('that are none name the field: %s', (body, message) => {
    expect(() => readLogsRequestJson(Buffer.from(body), () => undefined)).toThrow(message);
  });
});
