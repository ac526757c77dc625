import { describe, expect, it } from 'vitest';
import { readTraceRequestJson } from './json.ts';
import {
  asJson,
  asProtobuf,
  NOW_NANOS,
  NOW_US,
  readAll,
  requestOf,
  type SpanJson,
  span,
} from './otlp.testkit.ts';
import { readTraceRequest } from './protobuf.ts';
import { refusal } from './span.ts';

/** The same reason from both encodings. */
function reasonOf(fields: Partial<SpanJson>): string | undefined {
  const request = requestOf([span(fields)]);
  const reasons = [
    readAll(readTraceRequest, asProtobuf(request)),
    readAll(readTraceRequestJson, asJson(request)),
  ].map(([found]) => found && refusal(found, NOW_US));
  expect(reasons[1]).toBe(reasons[0]);
  return reasons[0];
}

const DAY_NANOS = 24n * 3_600_000_000_000n;

describe('refusal', () => {
  it('accepts a span of now, of 1980 and of less than a day ahead', () => {
    expect(reasonOf({})).toBeUndefined();
    expect(
      reasonOf({ startTimeUnixNano: String(BigInt(Date.UTC(1980, 0, 1)) * 1_000_000n) }),
    ).toBeUndefined();
    expect(reasonOf({ startTimeUnixNano: String(NOW_NANOS + DAY_NANOS) })).toBeUndefined();
  });

  it('accepts a root span, also one whose parent is zero', () => {
    expect(reasonOf({ parentSpanId: '' })).toBeUndefined();
    expect(reasonOf({ parentSpanId: '00'.repeat(8) })).toBeUndefined();
  });

  it('accepts a span that ended before it started or has no end', () => {
    expect(reasonOf({ endTimeUnixNano: String(NOW_NANOS - 9_000_000_000n) })).toBeUndefined();
    expect(reasonOf({ endTimeUnixNano: '0' })).toBeUndefined();
  });

  it.each<[Partial<SpanJson>, RegExp]>([
    [{ traceId: '00'.repeat(16) }, /trace_id must be 16 bytes, not all zero, got '0{32}'/],
    [{ traceId: 'ab'.repeat(8) }, /trace_id must be 16 bytes/],
    [{ traceId: '' }, /trace_id must be 16 bytes/],
    [{ spanId: '00'.repeat(8) }, /span_id must be 8 bytes, not all zero/],
    [{ spanId: 'ab' }, /span_id must be 8 bytes/],
    [{ parentSpanId: 'abcd' }, /parent_span_id must be 8 bytes or empty, got 'abcd'/],
    [{ startTimeUnixNano: '0' }, /start_time_unix_nano is not set or before 1980/],
    [{ startTimeUnixNano: '315532799999999999' }, /not set or before 1980/],
    [
      { startTimeUnixNano: String(NOW_NANOS + DAY_NANOS + 1000n) },
      /start_time_unix_nano is 24 h in the future/,
    ],
    [
      { startTimeUnixNano: String(BigInt(Date.UTC(2200, 0, 1)) * 1_000_000n) },
      /start_time_unix_nano is 15\d{5} h in the future; check the sender's clock and unit/,
    ],
    [{ startTimeUnixNano: '9223372036854775807' }, /start_time_unix_nano is \d+ h in the future/],
    [{ startTimeUnixNano: '18446744073709551615' }, /start_time_unix_nano is \d+ h in the future/],
    [{ endTimeUnixNano: '18446744073709551615' }, /end_time_unix_nano is \d+ h in the future/],
  ])('refuses %j', (fields, reason) => {
    expect(reasonOf(fields)).toMatch(reason);
  });

  it('names the span, but not at any length', () => {
    expect(reasonOf({ name: 'ship goods', startTimeUnixNano: '0' })).toMatch(
      /^span [0-9a-f]{16} 'ship goods': /,
    );
    expect(reasonOf({ name: 'x'.repeat(100_000), startTimeUnixNano: '0' })?.length).toBeLessThan(300);
    const [found] = readAll(
      readTraceRequest,
      asProtobuf(requestOf([span({ traceId: 'ab'.repeat(50_000) })])),
    );
    expect(found && refusal(found, NOW_US)?.length).toBeLessThan(300);
  });
});
