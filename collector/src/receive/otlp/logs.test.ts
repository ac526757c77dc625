import { describe, expect, it } from 'vitest';
import { log, logsAsJson, logsAsProtobuf, logsOf } from './logs.testkit.ts';
import { otlpLogs } from './logs.ts';
import { decodeSuccess, NOW_NANOS, NOW_US } from './otlp.testkit.ts';

function accept(request: ReturnType<typeof logsOf>) {
  const head = { method: 'POST', path: '/v1/logs', query: '', receivedAtUs: NOW_US };
  const json = otlpLogs.accept({
    ...head,
    headers: { 'content-type': 'application/json' },
    body: logsAsJson(request),
  });
  const protobuf = otlpLogs.accept({
    ...head,
    headers: { 'content-type': 'application/x-protobuf' },
    body: logsAsProtobuf(request),
  });
  expect(protobuf.record === undefined).toBe(json.record === undefined);
  expect(protobuf.answer.ignored).toBe(json.answer.ignored);
  return { json, protobuf, stored: json.record !== undefined, ignored: json.answer.ignored };
}

describe('a request of log records', () => {
  it('is not stored when none of them belongs to a trace: no configuration would make an event of them', () => {
    const untraced = [{}, log({ traceId: '' }), log({ traceId: '00'.repeat(16) }), log({ traceId: 'abcd' })];
    expect(accept(logsOf(untraced))).toMatchObject({ stored: false, ignored: 4 });
    expect(accept(logsOf([]))).toMatchObject({ stored: false, ignored: undefined });
  });

  it('is stored whole when one does, and counted by who reads it', () => {
    expect(accept(logsOf([log({ traceId: '' }), log()]))).toMatchObject({ stored: true, ignored: undefined });
  });

  it('names the ones that are refused', () => {
    const { json, protobuf, stored } = accept(
      logsOf([
        log(),
        log({ eventName: 'order.paid', timeUnixNano: String(NOW_NANOS * 5n) }),
        log({ timeUnixNano: '0', observedTimeUnixNano: '0' }),
        log({ timeUnixNano: '0' }),
      ]),
    );
    expect(stored).toBe(true);
    const errorMessage = expect.stringMatching(
      /^2 of 4 log records were refused; the first: log record 'order.paid': time_unix_nano is \d+ h in the future/,
    );
    const field = { rejectedLogRecords: '2', errorMessage };
    expect(JSON.parse(String(Buffer.from(json.answer.body as Uint8Array)))).toEqual({
      partialSuccess: field,
    });
    // The message has the same fields as that of traces.
    expect(decodeSuccess(protobuf.answer.body as Uint8Array)).toEqual({
      partialSuccess: { rejectedSpans: 2, errorMessage },
    });
  });
});
