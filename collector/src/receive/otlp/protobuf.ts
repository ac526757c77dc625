import type { AttributeValue } from '../../event/event.ts';
import {
  addLink,
  emptySpan,
  type Instant,
  noteException,
  type OtlpResource,
  type OtlpSpan,
  type SpanVisitor,
} from './span.ts';
import { depthError, flatValue, setOwn, VALUE_DEPTH_MAX } from './value.ts';
import { WIRE, WireReader } from './wire.ts';

/**
 * Reads an ExportTraceServiceRequest (opentelemetry-proto 1.x, `trace_service.proto`) field by field, without building the
 * message first: only what a normalised event needs is decoded, the rest is skipped. A known field with another wire type than
 * its own counts as unknown, as protobuf asks.
 *
 * @returns the number of spans.
 * @throws RangeError naming the byte when the bytes are not that message.
 */
export function readTraceRequest(body: Uint8Array, visit: SpanVisitor): number {
  const reader = new WireReader(body);
  let index = 0;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) index = readResourceSpans(reader, index, visit);
    else reader.skip(tag);
  }
  return index;
}

const message = (field: number): number => (field << 3) | WIRE.bytes;
const varint = (field: number): number => (field << 3) | WIRE.varint;
const fixed64 = (field: number): number => (field << 3) | WIRE.fixed64;

function readResourceSpans(reader: WireReader, firstIndex: number, visit: SpanVisitor): number {
  const outer = reader.enter();
  const start = reader.position;
  const resource: OtlpResource = { attributes: {} };
  // The resource may stand behind its spans, so it is read in a pass of its own.
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) readResource(reader, resource);
    else reader.skip(tag);
  }
  reader.seek(start);
  let index = firstIndex;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(2)) index = readScopeSpans(reader, resource, index, visit);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return index;
}

function readResource(reader: WireReader, resource: OtlpResource): void {
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) readAttribute(reader, resource.attributes);
    else reader.skip(tag);
  }
  reader.leave(outer);
}

function readScopeSpans(
  reader: WireReader,
  resource: OtlpResource,
  firstIndex: number,
  visit: SpanVisitor,
): number {
  let index = firstIndex;
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(2)) {
      visit(readSpan(reader), resource, index);
      index++;
    } else reader.skip(tag);
  }
  reader.leave(outer);
  return index;
}

const SPAN = {
  traceId: message(1),
  spanId: message(2),
  parentSpanId: message(4),
  name: message(5),
  kind: varint(6),
  start: fixed64(7),
  end: fixed64(8),
  attributes: message(9),
  events: message(11),
  links: message(13),
  status: message(15),
} as const;

function readSpan(reader: WireReader): OtlpSpan {
  const span = emptySpan();
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case SPAN.traceId:
        span.traceId = reader.hexadecimal();
        break;
      case SPAN.spanId:
        span.spanId = reader.hexadecimal();
        break;
      case SPAN.parentSpanId:
        span.parentSpanId = reader.hexadecimal();
        break;
      case SPAN.name:
        span.name = reader.text();
        break;
      case SPAN.kind:
        span.kind = reader.int32();
        break;
      case SPAN.start:
        span.start = readInstant(reader);
        break;
      case SPAN.end:
        span.end = readInstant(reader);
        break;
      case SPAN.attributes:
        readAttribute(reader, span.attributes);
        break;
      case SPAN.events:
        readSpanEvent(reader, span);
        break;
      case SPAN.links:
        readLink(reader, span);
        break;
      case SPAN.status:
        readStatus(reader, span);
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  return span;
}

/** 64 bits of nanoseconds as two 32-bit halves: 2^32 ns = 4,294,967,296 ns = 4,294,967 µs + 296 ns. */
function readInstant(reader: WireReader): Instant {
  const low = reader.fixed32();
  const high = reader.fixed32();
  const rest = high * 296 + low;
  return { us: high * 4_294_967 + Math.floor(rest / 1000), ns: rest % 1000 };
}

function readSpanEvent(reader: WireReader, span: OtlpSpan): void {
  let name = '';
  const attributes: Record<string, AttributeValue> = {};
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(2)) name = reader.text();
    else if (tag === message(3)) readAttribute(reader, attributes);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (name === 'exception') noteException(span, attributes);
}

function readLink(reader: WireReader, span: OtlpSpan): void {
  let traceId = '';
  let spanId = '';
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) traceId = reader.hexadecimal();
    else if (tag === message(2)) spanId = reader.hexadecimal();
    else reader.skip(tag);
  }
  reader.leave(outer);
  addLink(span, traceId, spanId);
}

function readStatus(reader: WireReader, span: OtlpSpan): void {
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(2)) span.statusMessage = reader.text();
    else if (tag === varint(3)) span.statusCode = reader.int32();
    else reader.skip(tag);
  }
  reader.leave(outer);
}

function readAttribute(reader: WireReader, into: Record<string, AttributeValue>): void {
  let key = '';
  let value: unknown;
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) key = reader.key();
    else if (tag === message(2)) value = readAnyValue(reader, 0);
    else reader.skip(tag);
  }
  reader.leave(outer);
  const flat = flatValue(value);
  if (key !== '' && flat !== undefined) setOwn(into, key, flat);
}

function readAnyValue(reader: WireReader, depth: number): unknown {
  if (depth > VALUE_DEPTH_MAX) throw depthError();
  let value: unknown;
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) value = reader.text();
    else if (tag === varint(2)) value = reader.bool();
    else if (tag === varint(3)) value = reader.int64();
    else if (tag === fixed64(4)) value = reader.double();
    else if (tag === message(5)) value = readArray(reader, depth);
    else if (tag === message(6)) value = readKeyValueList(reader, depth);
    else if (tag === message(7)) value = reader.base64();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return value;
}

function readArray(reader: WireReader, depth: number): unknown[] {
  const values: unknown[] = [];
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) values.push(readAnyValue(reader, depth + 1));
    else reader.skip(tag);
  }
  reader.leave(outer);
  return values;
}

function readKeyValueList(reader: WireReader, depth: number): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) readKeyValue(reader, depth, values);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return values;
}

function readKeyValue(reader: WireReader, depth: number, into: Record<string, unknown>): void {
  let key = '';
  let value: unknown;
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) key = reader.text();
    else if (tag === message(2)) value = readAnyValue(reader, depth + 1);
    else reader.skip(tag);
  }
  reader.leave(outer);
  setOwn(into, key, value);
}
