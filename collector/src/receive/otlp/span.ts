import type { AttributeValue } from '../../event/event.ts';

/** A span as it came over the wire, before any meaning is read into it. Ids are lower-case hexadecimal. */
export type OtlpSpan = {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  /** SpanKind: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  start: Instant;
  end: Instant;
  attributes: Record<string, AttributeValue>;
  links: { traceId: string; spanId: string }[];
  exceptionType: string;
  exceptionMessage: string;
  /** StatusCode: 0 unset, 1 ok, 2 error. */
  statusCode: number;
  statusMessage: string;
};

/** Unix time as whole microseconds and the 0 to 999 nanoseconds left over. `us` is inexact from the year 2255 on. */
export type Instant = { us: number; ns: number };

export type OtlpResource = { readonly attributes: Record<string, AttributeValue> };

/** Called for each span in the order of the request; `index` counts from 0 over the whole request. */
export type SpanVisitor = (span: OtlpSpan, resource: OtlpResource, index: number) => void;

export const SPAN_KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;

export const STATUS_CODE = { unset: 0, ok: 1, error: 2 } as const;

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

/** The last exception event of a span is its error. */
export function noteException(span: OtlpSpan, attributes: Readonly<Record<string, AttributeValue>>): void {
  span.exceptionType = String(attributes['exception.type'] ?? '');
  span.exceptionMessage = String(attributes['exception.message'] ?? '');
}

/** A link that points to no span says nothing and is left out. */
export function addLink(span: OtlpSpan, traceId: string, spanId: string): void {
  if (isTraceId(traceId) && isSpanId(spanId)) span.links.push({ traceId, spanId });
}

const EARLIEST_US = Date.UTC(1980, 0, 1) * 1000;
const FUTURE_US = 24 * 3600 * 1_000_000;
const ZERO_TRACE = '0'.repeat(32);
const ZERO_SPAN = '0'.repeat(16);
const SHOWN_LENGTH = 100;

/**
 * Why this span can't be accepted, or undefined when it can. Both ends of the pipe ask: the receiver to answer with a
 * partial success, the normaliser to leave the same spans out again. What is accepted has times that are exact integers.
 */
export function refusal(span: OtlpSpan, receivedAtUs: number): string | undefined {
  if (!isTraceId(span.traceId)) {
    return `span '${shown(span.name)}': trace_id must be 16 bytes, not all zero, got '${shown(span.traceId)}'`;
  }
  if (!isSpanId(span.spanId)) {
    return `span '${shown(span.name)}': span_id must be 8 bytes, not all zero, got '${shown(span.spanId)}'`;
  }
  if (span.parentSpanId.length !== 16 && span.parentSpanId !== '') {
    return `${nameOf(span)}: parent_span_id must be 8 bytes or empty, got '${shown(span.parentSpanId)}'`;
  }
  const fault =
    timeFault('start_time_unix_nano', span.start, receivedAtUs) ??
    (isAhead(span.end.us, receivedAtUs)
      ? inTheFuture('end_time_unix_nano', span.end.us, receivedAtUs)
      : undefined);
  return fault === undefined ? undefined : `${nameOf(span)}: ${fault}`;
}

/** What is wrong with a time that has to be there. */
export function timeFault(field: string, { us }: Instant, receivedAtUs: number): string | undefined {
  if (!(us >= EARLIEST_US)) return `${field} is not set or before 1980`;
  return isAhead(us, receivedAtUs) ? inTheFuture(field, us, receivedAtUs) : undefined;
}

export function isTraceId(text: string): boolean {
  return text.length === 32 && text !== ZERO_TRACE;
}

export function isSpanId(text: string): boolean {
  return text.length === 16 && text !== ZERO_SPAN;
}

function nameOf(span: OtlpSpan): string {
  return `span ${span.spanId} '${shown(span.name)}'`;
}

function isAhead(us: number, receivedAtUs: number): boolean {
  return us > receivedAtUs + FUTURE_US;
}

function inTheFuture(field: string, us: number, receivedAtUs: number): string {
  const hours = Math.round((us - receivedAtUs) / 3_600_000_000);
  return `${field} is ${hours} h in the future; check the sender's clock and unit`;
}

/** What a sender wrote, short enough for an answer. */
export function shown(text: string): string {
  return text.length <= SHOWN_LENGTH ? text : `${text.slice(0, SHOWN_LENGTH)}…`;
}
