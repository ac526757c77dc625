import fc from 'fast-check';
import protobuf from 'protobufjs';
import type { AttributeValue } from '../../event/event.ts';
import { NOW_US } from '../http/receiver.testkit.ts';
import type { OtlpSpan } from './span.ts';

/** A second implementation of the wire: the fields of opentelemetry-proto 1.x that are read, and some that are not. */
const PROTO = `
syntax = "proto3";
message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message ScopeSpans { InstrumentationScope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message InstrumentationScope { string name = 1; string version = 2; repeated KeyValue attributes = 3; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
  uint32 dropped_attributes_count = 10; repeated Event events = 11; uint32 dropped_events_count = 12; repeated Link links = 13;
  uint32 dropped_links_count = 14; Status status = 15; fixed32 flags = 16;
}
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message Link { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; repeated KeyValue attributes = 4; fixed32 flags = 6; }
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
  ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message ExportLogsServiceRequest { repeated ResourceLogs resource_logs = 1; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; string schema_url = 3; }
message ScopeLogs { InstrumentationScope scope = 1; repeated LogRecord log_records = 2; string schema_url = 3; }
message LogRecord {
  fixed64 time_unix_nano = 1; int32 severity_number = 2; string severity_text = 3; AnyValue body = 5; repeated KeyValue attributes = 6;
  uint32 dropped_attributes_count = 7; fixed32 flags = 8; bytes trace_id = 9; bytes span_id = 10; fixed64 observed_time_unix_nano = 11;
  string event_name = 12;
}
message ExportTraceServiceResponse { ExportTracePartialSuccess partial_success = 1; }
message ExportTracePartialSuccess { int64 rejected_spans = 1; string error_message = 2; }
message RpcStatus { int32 code = 1; string message = 2; }
`;

const root = protobuf.parse(PROTO, { keepCase: false }).root;

/** A request in OTLP's JSON encoding, which is also how the tests write one down. */
export type Request = { readonly resourceSpans: readonly ResourceSpans[] };
export type ResourceSpans = {
  readonly resource?: { readonly attributes: readonly KeyValue[] };
  readonly scopeSpans: readonly { readonly spans: readonly SpanJson[] }[];
};
export type KeyValue = { readonly key: string; readonly value: AnyValue };
export type AnyValue = {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number | 'NaN' | 'Infinity' | '-Infinity';
  readonly arrayValue?: { readonly values: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values: readonly KeyValue[] };
  readonly bytesValue?: string;
};
export type SpanJson = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind?: number;
  readonly startTimeUnixNano?: string;
  readonly endTimeUnixNano?: string;
  readonly attributes?: readonly KeyValue[];
  readonly events?: readonly {
    readonly timeUnixNano: string;
    readonly name: string;
    readonly attributes: readonly KeyValue[];
  }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code: number; readonly message?: string };
  readonly flags?: number;
};

export function asJson(request: Request): Buffer {
  return Buffer.from(JSON.stringify(request));
}

/** The same request in protobuf. */
export function asProtobuf(request: Request): Buffer {
  return encoded('ExportTraceServiceRequest', request);
}

/** A message of that type, from how it is written down in OTLP's JSON. */
export function encoded(type: string, message: object): Buffer {
  const found = root.lookupType(type);
  return Buffer.from(found.encode(found.fromObject(withBytes(message))).finish());
}

export function decodeSuccess(bytes: Uint8Array): unknown {
  const type = root.lookupType('ExportTraceServiceResponse');
  return type.toObject(type.decode(bytes), { longs: Number });
}

export function decodeStatus(bytes: Uint8Array): unknown {
  const type = root.lookupType('RpcStatus');
  return type.toObject(type.decode(bytes));
}

const IDS = new Set(['traceId', 'spanId', 'parentSpanId']);
const NUMBERS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** Ids in hexadecimal and doubles by name are what OTLP's JSON adds to protobuf's own. */
function withBytes(value: unknown, name = ''): object {
  if (typeof value === 'string' && IDS.has(name)) return Buffer.from(value, 'hex');
  if (typeof value === 'string' && name === 'bytesValue') return Buffer.from(value, 'base64');
  if (typeof value === 'string' && name === 'doubleValue') return Object(NUMBERS[value]).valueOf();
  if (Array.isArray(value)) return value.map((item) => withBytes(item));
  if (typeof value !== 'object' || value === null) return value as object;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withBytes(inner, key)]));
}

export function requestOf(
  spans: readonly SpanJson[],
  resource: Readonly<Record<string, string>> = { 'service.name': 'orders' },
): Request {
  return { resourceSpans: [{ resource: { attributes: textsOf(resource) }, scopeSpans: [{ spans }] }] };
}

export function textsOf(texts: Readonly<Record<string, string>>): KeyValue[] {
  return Object.entries(texts).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

export { NOW_US } from '../http/receiver.testkit.ts';
export const NOW_NANOS = BigInt(NOW_US) * 1000n;

let spanCount = 0;

/** A span that is accepted at {@link NOW_US}. */
export function span(fields: Partial<SpanJson> = {}): SpanJson {
  spanCount++;
  return {
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: (0xeee1_9b7e_c3c1_0000n + BigInt(spanCount)).toString(16),
    name: 'send orders.placed',
    kind: 4,
    startTimeUnixNano: String(NOW_NANOS - 5_000_123_456n),
    endTimeUnixNano: String(NOW_NANOS - 4_000_000_000n),
    ...fields,
  };
}

export const hexadecimal = (bytes: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((value) => Buffer.from(value).toString('hex'))
    .filter((text) => /[^0]/.test(text));

export const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom('', '__proto__', 'constructor', '0', 'naïve ✓ 😀', '\u0000', 'x'.repeat(70), '"\\'),
);
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.integer().map(BigInt),
  fc.constantFrom(2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n), 2n ** 28n, 2n ** 56n, -1n, -(2n ** 63n)),
);
const double = fc.double().map((value) =>
  // JSON knows no negative zero.
  Number.isFinite(value) ? value + 0 : (String(value) as Exclude<AnyValue['doubleValue'], undefined>),
);

export const anyValue: fc.Arbitrary<AnyValue> = fc.letrec<{ value: AnyValue; pair: KeyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    text.map((stringValue) => ({ stringValue })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    int64.map((value) => ({ intValue: String(value) })),
    double.map((doubleValue) => ({ doubleValue })),
    fc.constant({}),
    fc.uint8Array({ maxLength: 12 }).map((value) => ({ bytesValue: Buffer.from(value).toString('base64') })),
    fc.array(tie('value'), { maxLength: 4 }).map((values) => ({ arrayValue: { values } })),
    fc.array(tie('pair'), { maxLength: 4 }).map((values) => ({ kvlistValue: { values } })),
  ),
  pair: fc.record({ key: text, value: tie('value') }),
})).value;

export const attributes = fc.array(fc.record({ key: text, value: anyValue }), { maxLength: 6 });
/** Up to where a microsecond is an exact integer; later ones are refused. */
export const nanoseconds = fc
  .bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) * 1000n + 999n })
  .map(String);

export const anySpan: fc.Arbitrary<SpanJson> = fc.record(
  {
    traceId: hexadecimal(16),
    spanId: hexadecimal(8),
    parentSpanId: hexadecimal(8),
    traceState: text,
    name: text,
    kind: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(99, -1, 2 ** 31 - 1, -(2 ** 31))),
    startTimeUnixNano: nanoseconds,
    endTimeUnixNano: nanoseconds,
    attributes,
    events: fc.array(
      fc.record({ timeUnixNano: nanoseconds, name: fc.constantFrom('exception', 'log'), attributes }),
      { maxLength: 3 },
    ),
    links: fc.array(fc.record({ traceId: hexadecimal(16), spanId: hexadecimal(8) }), { maxLength: 3 }),
    status: fc.record({ code: fc.integer({ min: 0, max: 3 }), message: text }),
    flags: fc.nat(),
  },
  { requiredKeys: ['traceId', 'spanId', 'name'] },
);

export const anyRequest: fc.Arbitrary<Request> = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeSpans: fc.array(fc.record({ spans: fc.array(anySpan, { maxLength: 4 }) }), { maxLength: 3 }),
    }),
    { maxLength: 3 },
  ),
});

export type ReadSpan = OtlpSpan & {
  readonly index: number;
  readonly resource: Readonly<Record<string, AttributeValue>>;
};

type Reader = (
  body: Uint8Array,
  visit: (span: OtlpSpan, resource: { attributes: Record<string, AttributeValue> }, index: number) => void,
) => number;

/** All spans that a reader finds. */
export function readAll(read: Reader, body: Uint8Array): ReadSpan[] {
  const spans: ReadSpan[] = [];
  const count = read(body, (span, resource, index) =>
    spans.push({ ...span, index, resource: resource.attributes }),
  );
  if (count !== spans.length) throw new Error(`${count} spans were counted, ${spans.length} visited`);
  return spans;
}
