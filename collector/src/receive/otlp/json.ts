import {
  asList,
  asObject,
  attributesOf,
  enumOf,
  forEachOfGroups,
  idOf,
  instantOf,
  type Json,
  parseRequest,
  textOf,
} from './json-value.ts';
import { addLink, emptySpan, noteException, type OtlpSpan, type SpanVisitor } from './span.ts';

/**
 * Reads an ExportTraceServiceRequest in OTLP's JSON encoding (OTLP 1.x, "JSON Protobuf Encoding": ids in hexadecimal, enums as
 * integers, 64-bit integers as text or number). Unknown fields are ignored, as the specification asks.
 *
 * @returns the number of spans.
 * @throws SyntaxError when it is not JSON, TypeError naming the field when it is not that message, RangeError when a value is
 *   nested too deep.
 */
export function readTraceRequestJson(body: Uint8Array, visit: SpanVisitor): number {
  const names = { groups: 'resourceSpans', scopes: 'scopeSpans', items: 'spans' };
  return forEachOfGroups(parseRequest(body), names, (json, resource, index) =>
    visit(spanOf(json, `spans[${index}]`), resource, index),
  );
}

function spanOf(json: Json, at: string): OtlpSpan {
  const span = emptySpan();
  span.traceId = idOf(json['traceId'], `${at}.traceId`);
  span.spanId = idOf(json['spanId'], `${at}.spanId`);
  span.parentSpanId = idOf(json['parentSpanId'], `${at}.parentSpanId`);
  span.name = textOf(json['name'], `${at}.name`);
  span.kind = enumOf(json['kind'], KINDS, 'SPAN_KIND_', `${at}.kind`);
  span.start = instantOf(json['startTimeUnixNano'], `${at}.startTimeUnixNano`);
  span.end = instantOf(json['endTimeUnixNano'], `${at}.endTimeUnixNano`);
  span.attributes = attributesOf(json['attributes'], `${at}.attributes`);
  for (const item of asList(json['links'], `${at}.links`)) {
    const link = asObject(item, `${at}.links[]`);
    const traceId = idOf(link['traceId'], `${at}.links[].traceId`);
    addLink(span, traceId, idOf(link['spanId'], `${at}.links[].spanId`));
  }
  for (const item of asList(json['events'], `${at}.events`)) {
    const event = asObject(item, `${at}.events[]`);
    const attributes = attributesOf(event['attributes'], `${at}.events[].attributes`);
    if (textOf(event['name'], `${at}.events[].name`) === 'exception') noteException(span, attributes);
  }
  const status = asObject(json['status'] ?? {}, `${at}.status`);
  span.statusCode = enumOf(status['code'], CODES, 'STATUS_CODE_', `${at}.status.code`);
  span.statusMessage = textOf(status['message'], `${at}.status.message`);
  return span;
}

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const CODES = ['UNSET', 'OK', 'ERROR'];
