import { Reader } from 'protobufjs/minimal.js';
import type { AttributeValue } from '../../event/event.ts';
import type { Instant, OtlpResource, OtlpSpan, SpanVisitor } from './span.ts';

/**
 * Reads an ExportTraceServiceRequest (opentelemetry-proto 1.x, `trace_service.proto`) field by field, without building the
 * message first: only what a normalised event needs is decoded, the rest is skipped.
 *
 * @returns the number of spans.
 * @throws RangeError or Error when the bytes are not that message.
 */
export function readTraceRequest(body: Uint8Array, visit: SpanVisitor): number {
  const reader = Reader.create(body);
  let index = 0;
  eachField(reader, reader.len, (field) => {
    if (field !== 1) return false;
    index = readResourceSpans(reader, index, visit);
    return true;
  });
  return index;
}

/** Runs `read` on every field up to `end`; a field that `read` does not take is skipped. */
function eachField(reader: Reader, end: number, read: (field: number) => boolean): void {
  if (end > reader.len) throw new RangeError(`message ends at byte ${end}, the body has ${reader.len}`);
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (!read(tag >>> 3)) reader.skipType(tag & 7);
  }
  if (reader.pos !== end) throw new RangeError(`a field runs over the end of its message at byte ${end}`);
}

function endOfMessage(reader: Reader): number {
  const length = reader.uint32();
  return reader.pos + length;
}

function readResourceSpans(reader: Reader, firstIndex: number, visit: SpanVisitor): number {
  const end = endOfMessage(reader);
  const start = reader.pos;
  const resource = { attributes: {} };
  // The resource may stand behind its spans, so it is read in a pass of its own.
  eachField(reader, end, (field) => field === 1 && readResource(reader, resource));
  reader.pos = start;
  let index = firstIndex;
  eachField(reader, end, (field) => {
    if (field !== 2) return false;
    index = readScopeSpans(reader, resource, index, visit);
    return true;
  });
  return index;
}

function readResource(reader: Reader, resource: OtlpResource): true {
  eachField(
    reader,
    endOfMessage(reader),
    (field) => field === 1 && readAttribute(reader, resource.attributes),
  );
  return true;
}

function readScopeSpans(
  reader: Reader,
  resource: OtlpResource,
  firstIndex: number,
  visit: SpanVisitor,
): number {
  let index = firstIndex;
  const end = endOfMessage(reader);
  if (end > reader.len) throw new RangeError(`scope_spans end at byte ${end}, the body has ${reader.len}`);
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag >>> 3 === 2) {
      visit(readSpan(reader), resource, index);
      index++;
    } else {
      reader.skipType(tag & 7);
    }
  }
  return index;
}

export function emptySpan(): OtlpSpan {
  return {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    name: '',
    kind: 0,
    start: { us: 0, ns: 0 },
    end: { us: 0, ns: 0 },
    attributes: {},
    links: [],
    exceptionType: '',
    exceptionMessage: '',
    statusCode: 0,
    statusMessage: '',
  };
}

function readSpan(reader: Reader): OtlpSpan {
  const span = emptySpan();
  const end = endOfMessage(reader);
  if (end > reader.len) throw new RangeError(`a span ends at byte ${end}, the body has ${reader.len}`);
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (!readSpanField(reader, tag >>> 3, span)) reader.skipType(tag & 7);
  }
  if (reader.pos !== end) throw new RangeError(`a field runs over the end of its span at byte ${end}`);
  return span;
}

function readSpanField(reader: Reader, field: number, span: OtlpSpan): boolean {
  switch (field) {
    case 1:
      span.traceId = hex(reader.bytes());
      return true;
    case 2:
      span.spanId = hex(reader.bytes());
      return true;
    case 4:
      span.parentSpanId = hex(reader.bytes());
      return true;
    case 5:
      span.name = reader.string();
      return true;
    case 6:
      span.kind = reader.int32();
      return true;
    case 7:
      span.start = readInstant(reader);
      return true;
    case 8:
      span.end = readInstant(reader);
      return true;
    case 9:
      return readAttribute(reader, span.attributes);
    case 11:
      return readSpanEvent(reader, span);
    case 13:
      return readLink(reader, span);
    case 15:
      return readStatus(reader, span);
    default:
      return false;
  }
}

/** 64 bits of nanoseconds as two 32-bit halves: 2^32 ns = 4,294,967,296 ns = 4,294,967 µs + 296 ns. */
export function instantFromHalves(high: number, low: number): Instant {
  const rest = high * 296 + low;
  return { us: high * 4_294_967 + Math.floor(rest / 1000), ns: rest % 1000 };
}

function readInstant(reader: Reader): Instant {
  const low = reader.fixed32();
  const high = reader.fixed32();
  return instantFromHalves(high, low);
}

function readSpanEvent(reader: Reader, span: OtlpSpan): true {
  let name = '';
  const attributes: Record<string, AttributeValue> = {};
  eachField(reader, endOfMessage(reader), (field) => {
    if (field === 2) name = reader.string();
    else if (field === 3) readAttribute(reader, attributes);
    else return false;
    return true;
  });
  if (name === 'exception') noteException(span, attributes);
  return true;
}

/** The last exception event of a span is its error. */
export function noteException(span: OtlpSpan, attributes: Readonly<Record<string, AttributeValue>>): void {
  span.exceptionType = String(attributes['exception.type'] ?? '');
  span.exceptionMessage = String(attributes['exception.message'] ?? '');
}

function readLink(reader: Reader, span: OtlpSpan): true {
  const link = { traceId: '', spanId: '' };
  eachField(reader, endOfMessage(reader), (field) => {
    if (field === 1) link.traceId = hex(reader.bytes());
    else if (field === 2) link.spanId = hex(reader.bytes());
    else return false;
    return true;
  });
  if (link.traceId.length === 32 && link.spanId.length === 16) span.links.push(link);
  return true;
}

function readStatus(reader: Reader, span: OtlpSpan): true {
  eachField(reader, endOfMessage(reader), (field) => {
    if (field === 2) span.statusMessage = reader.string();
    else if (field === 3) span.statusCode = reader.int32();
    else return false;
    return true;
  });
  return true;
}

function readAttribute(reader: Reader, into: Record<string, AttributeValue>): true {
  let key = '';
  let value: unknown;
  eachField(reader, endOfMessage(reader), (field) => {
    if (field === 1) key = reader.string();
    else if (field === 2) value = readAnyValue(reader, 0);
    else return false;
    return true;
  });
  const flat = flatValue(value);
  if (key !== '' && flat !== undefined) into[key] = flat;
  return true;
}

const MAX_DEPTH = 32;

function readAnyValue(reader: Reader, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new RangeError(`an attribute value is nested more than ${MAX_DEPTH} deep`);
  let value: unknown;
  eachField(reader, endOfMessage(reader), (field) => {
    if (field === 1) value = reader.string();
    else if (field === 2) value = reader.bool();
    else if (field === 3) value = exactInteger(reader);
    else if (field === 4) value = reader.double();
    else if (field === 5) value = readArray(reader, depth);
    else if (field === 6) value = readKeyValueList(reader, depth);
    else if (field === 7) value = Buffer.from(reader.bytes()).toString('base64');
    else return false;
    return true;
  });
  return value;
}

/** int64: a number where it is exact, else its decimal text. */
function exactInteger(reader: Reader): number | string {
  const value = reader.int64();
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function readArray(reader: Reader, depth: number): unknown[] {
  const values: unknown[] = [];
  eachField(reader, endOfMessage(reader), (field) => {
    if (field !== 1) return false;
    values.push(readAnyValue(reader, depth + 1));
    return true;
  });
  return values;
}

function readKeyValueList(reader: Reader, depth: number): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  eachField(reader, endOfMessage(reader), (field) => {
    if (field !== 1) return false;
    let key = '';
    let value: unknown;
    eachField(reader, endOfMessage(reader), (inner) => {
      if (inner === 1) key = reader.string();
      else if (inner === 2) value = readAnyValue(reader, depth + 1);
      else return false;
      return true;
    });
    values[key] = value;
    return true;
  });
  return values;
}

/** Attributes are flat: arrays and maps become their JSON. Undefined when there is no value. */
export function flatValue(value: unknown): AttributeValue | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return JSON.stringify(value);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
