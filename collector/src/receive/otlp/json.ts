import type { AttributeValue } from '../../event/event.ts';
import { emptySpan, flatValue, instantFromHalves, noteException } from './protobuf.ts';
import type { Instant, OtlpSpan, SpanVisitor } from './span.ts';

/**
 * Reads an ExportTraceServiceRequest in OTLP's JSON encoding (OTLP 1.x, "JSON Protobuf Encoding": ids in hexadecimal, enums as
 * integers, 64-bit integers as text or number). Unknown fields are ignored, as the specification asks.
 *
 * @returns the number of spans.
 * @throws SyntaxError when it is not JSON, TypeError naming the field when it is not that message.
 */
export function readTraceRequestJson(body: Uint8Array, visit: SpanVisitor): number {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  const request = asObject(JSON.parse(text), 'request');
  let index = 0;
  for (const resourceSpans of asList(request['resourceSpans'], 'resourceSpans')) {
    const outer = asObject(resourceSpans, 'resourceSpans[]');
    const resourceObject = outer['resource'] === undefined ? {} : asObject(outer['resource'], 'resource');
    const resource = { attributes: attributesOf(resourceObject['attributes'], 'resource.attributes') };
    for (const scopeSpans of asList(outer['scopeSpans'], 'scopeSpans')) {
      for (const span of asList(asObject(scopeSpans, 'scopeSpans[]')['spans'], 'spans')) {
        visit(spanOf(asObject(span, `spans[${index}]`)), resource, index);
        index++;
      }
    }
  }
  return index;
}

type Json = Record<string, unknown>;

function asObject(value: unknown, field: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${field} must be an object`);
  }
  return value as Json;
}

function asList(value: unknown, field: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new TypeError(`${field} must be an array`);
  return value;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function spanOf(json: Json): OtlpSpan {
  const span = emptySpan();
  span.traceId = textOf(json['traceId']).toLowerCase();
  span.spanId = textOf(json['spanId']).toLowerCase();
  span.parentSpanId = textOf(json['parentSpanId']).toLowerCase();
  span.name = textOf(json['name']);
  span.kind = kindOf(json['kind']);
  span.start = instantOf(json['startTimeUnixNano'], 'startTimeUnixNano');
  span.end = instantOf(json['endTimeUnixNano'], 'endTimeUnixNano');
  span.attributes = attributesOf(json['attributes'], 'attributes');
  for (const link of asList(json['links'], 'links')) {
    const reference = asObject(link, 'links[]');
    const traceId = textOf(reference['traceId']).toLowerCase();
    const spanId = textOf(reference['spanId']).toLowerCase();
    if (traceId.length === 32 && spanId.length === 16) span.links.push({ traceId, spanId });
  }
  for (const event of asList(json['events'], 'events')) {
    const spanEvent = asObject(event, 'events[]');
    if (spanEvent['name'] === 'exception') {
      noteException(span, attributesOf(spanEvent['attributes'], 'events[].attributes'));
    }
  }
  if (json['status'] !== undefined && json['status'] !== null) {
    const status = asObject(json['status'], 'status');
    span.statusCode = statusOf(status['code']);
    span.statusMessage = textOf(status['message']);
  }
  return span;
}

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const CODES = ['UNSET', 'OK', 'ERROR'];

/** Integers by the specification; names are what protobuf's own JSON printers write, so they are read too. */
function kindOf(value: unknown): number {
  if (typeof value === 'string') return Math.max(0, KINDS.indexOf(value.replace('SPAN_KIND_', '')));
  return typeof value === 'number' ? value : 0;
}

function statusOf(value: unknown): number {
  if (typeof value === 'string') return Math.max(0, CODES.indexOf(value.replace('STATUS_CODE_', '')));
  return typeof value === 'number' ? value : 0;
}

function instantOf(value: unknown, field: string): Instant {
  if (value === undefined || value === null) return { us: 0, ns: 0 };
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) {
    throw new TypeError(`${field} must be nanoseconds as a decimal number, got ${JSON.stringify(value)}`);
  }
  if (text.length <= 19) {
    const us = text.length > 3 ? Number(text.slice(0, -3)) : 0;
    return { us, ns: Number(text.slice(-3)) };
  }
  const nanos = BigInt(text) & 0xffff_ffff_ffff_ffffn;
  return instantFromHalves(Number(nanos >> 32n), Number(nanos & 0xffff_ffffn));
}

function attributesOf(value: unknown, field: string): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {};
  for (const item of asList(value, field)) {
    const pair = asObject(item, `${field}[]`);
    const flat = flatValue(anyValueOf(pair['value']));
    if (typeof pair['key'] === 'string' && pair['key'] !== '' && flat !== undefined)
      attributes[pair['key']] = flat;
  }
  return attributes;
}

function anyValueOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const any = value as Json;
  if ('stringValue' in any) return any['stringValue'];
  if ('boolValue' in any) return any['boolValue'];
  if ('intValue' in any) {
    const number = Number(any['intValue']);
    return Number.isSafeInteger(number) ? number : String(any['intValue']);
  }
  if ('doubleValue' in any) return Number(any['doubleValue']);
  if ('bytesValue' in any) return any['bytesValue'];
  if ('arrayValue' in any)
    return asList((any['arrayValue'] as Json | null)?.['values'], 'arrayValue').map(anyValueOf);
  if ('kvlistValue' in any) {
    const list = asList((any['kvlistValue'] as Json | null)?.['values'], 'kvlistValue');
    return Object.fromEntries(
      list.map((item) => [textOf((item as Json)['key']), anyValueOf((item as Json)['value'])]),
    );
  }
  return undefined;
}
