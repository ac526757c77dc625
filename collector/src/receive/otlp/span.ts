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

/** Unix time as whole microseconds and the 0 to 999 nanoseconds left over. */
export type Instant = { us: number; ns: number };

export type OtlpResource = { readonly attributes: Record<string, AttributeValue> };

/** Called for each span in the order of the request; `index` counts from 0 over the whole request. */
export type SpanVisitor = (span: OtlpSpan, resource: OtlpResource, index: number) => void;

export const SPAN_KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;

export const STATUS_CODE = { unset: 0, ok: 1, error: 2 } as const;

const EARLIEST_US = Date.UTC(1980, 0, 1) * 1000;
const FUTURE_US = 24 * 3600 * 1_000_000;
const ZERO_TRACE = '0'.repeat(32);
const ZERO_SPAN = '0'.repeat(16);

/**
 * Why this span can't be accepted, or undefined when it can. Both ends of the pipe ask: the receiver to answer with a
 * partial success, the normaliser to leave the same spans out again.
 */
export function refusal(span: OtlpSpan, receivedAtUs: number): string | undefined {
  if (span.traceId.length !== 32 || span.traceId === ZERO_TRACE) {
    return `span '${span.name}': trace_id must be 16 bytes, not all zero, got '${span.traceId}'`;
  }
  if (span.spanId.length !== 16 || span.spanId === ZERO_SPAN) {
    return `span '${span.name}': span_id must be 8 bytes, not all zero, got '${span.spanId}'`;
  }
  if (!Number.isSafeInteger(span.start.us) || span.start.us < EARLIEST_US) {
    return `span ${span.spanId} '${span.name}': start_time_unix_nano is not set or before 1980`;
  }
  if (span.start.us > receivedAtUs + FUTURE_US) {
    return (
      `span ${span.spanId} '${span.name}': start_time_unix_nano is ` +
      `${Math.round((span.start.us - receivedAtUs) / 3_600_000_000)} h in the future; check the sender's clock and unit`
    );
  }
  return undefined;
}
