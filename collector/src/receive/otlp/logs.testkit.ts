import fc from 'fast-check';
import {
  type AnyValue,
  anyValue,
  attributes,
  encoded,
  hexadecimal,
  type KeyValue,
  NOW_NANOS,
  nanoseconds,
  text,
  textsOf,
} from './otlp.testkit.ts';

/** A request of log records in OTLP's JSON encoding, as the tests write one down. */
export type LogsRequest = {
  readonly resourceLogs: readonly {
    readonly resource?: { readonly attributes: readonly KeyValue[] };
    readonly scopeLogs: readonly { readonly logRecords: readonly LogJson[] }[];
  }[];
};

export type LogJson = {
  readonly timeUnixNano?: string;
  readonly observedTimeUnixNano?: string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: AnyValue;
  readonly attributes?: readonly KeyValue[];
  readonly traceId?: string;
  readonly spanId?: string;
  readonly eventName?: string;
};

export function logsOf(
  logRecords: readonly LogJson[],
  resource: Readonly<Record<string, string>> = { 'service.name': 'orders' },
): LogsRequest {
  return { resourceLogs: [{ resource: { attributes: textsOf(resource) }, scopeLogs: [{ logRecords }] }] };
}

export function logsAsJson(request: LogsRequest): Buffer {
  return Buffer.from(JSON.stringify(request));
}

export function logsAsProtobuf(request: LogsRequest): Buffer {
  return encoded('ExportLogsServiceRequest', request);
}

/** A log record of a span of order 42, now. */
export function log(fields: Partial<LogJson> = {}): LogJson {
  return {
    timeUnixNano: String(NOW_NANOS - 5_000_123_456n),
    observedTimeUnixNano: String(NOW_NANOS - 5_000_000_000n),
    severityNumber: 9,
    severityText: 'INFO',
    body: { stringValue: 'order 42 is paid\nby card' },
    attributes: textsOf({ 'order.id': '42' }),
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    ...fields,
  };
}

const anyLog: fc.Arbitrary<LogJson> = fc.record(
  {
    timeUnixNano: nanoseconds,
    observedTimeUnixNano: nanoseconds,
    severityNumber: fc.integer({ min: 0, max: 24 }),
    severityText: text,
    body: anyValue,
    attributes,
    traceId: hexadecimal(16),
    spanId: hexadecimal(8),
    eventName: text,
  },
  { requiredKeys: [] },
);

export const anyLogsRequest: fc.Arbitrary<LogsRequest> = fc.record({
  resourceLogs: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeLogs: fc.array(fc.record({ logRecords: fc.array(anyLog, { maxLength: 4 }) }), { maxLength: 3 }),
    }),
    { maxLength: 3 },
  ),
});
