import type { AttributeValue } from '../../event/event.ts';
import { fixed64, message, readAttribute, readGroups, readInstant, varint } from './protobuf-value.ts';
import { addLink, emptySpan, noteException, type OtlpSpan, type SpanVisitor } from './span.ts';
import { WireReader } from './wire.ts';

/**
 * Reads an ExportTraceServiceRequest (opentelemetry-proto 1.x, `trace_service.proto`) field by field, without building the
 * message first: only what a normalised event needs is decoded, the rest is skipped. A known field with another wire type than
 * its own counts as unknown, as protobuf asks.
 *
 * @returns the number of spans.
 * @throws RangeError naming the byte when the bytes are not that message.
 */
export function readTraceRequest(body: Uint8Array, visit: SpanVisitor): number {
  let index = 0;
  readGroups(new WireReader(body), (reader, resource) => {
    visit(readSpan(reader), resource, index);
    index++;
  });
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
