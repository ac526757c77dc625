import { afterEach, describe, expect, it } from 'vitest';
import { JSON_TYPE, PROTOBUF, type Receiver, send, startReceiver } from '../http/receiver.testkit.ts';
import {
  asJson,
  asProtobuf,
  decodeStatus,
  decodeSuccess,
  NOW_NANOS,
  NOW_US,
  requestOf,
  span,
} from './otlp.testkit.ts';
import { otlpTraces } from './traces.ts';

let receiver: Receiver;
afterEach(() => receiver.close());

describe('an OTLP request that is accepted', () => {
  const request = requestOf([span(), span()]);

  it.each([
    ['protobuf', PROTOBUF, asProtobuf(request), '', 'application/x-protobuf'],
    ['JSON', JSON_TYPE, asJson(request), '{}', 'application/json'],
  ])('is answered in %s and stored as it came', async (_name, headers, body, answer, type) => {
    receiver = await startReceiver(otlpTraces);
    const found = await send(receiver, { headers, body });
    expect(found).toMatchObject({ status: 200, headers: { 'content-type': type } });
    expect(found.body.toString()).toBe(answer);
    expect(receiver.accepted).toHaveLength(1);
    expect(receiver.accepted[0]?.head).toMatchObject({ wire: 'otlp', receivedAtUs: NOW_US, mode: 'live' });
    expect(Buffer.from(receiver.accepted[0]?.body ?? [])).toEqual(body);
  });

  it('may name a charset with its content type', async () => {
    receiver = await startReceiver(otlpTraces);
    const headers = { 'Content-Type': 'Application/JSON; charset=utf-8' };
    expect((await send(receiver, { headers, body: asJson(request) })).status).toBe(200);
  });

  it('with no span in it is answered, and nothing is stored', async () => {
    receiver = await startReceiver(otlpTraces);
    expect((await send(receiver, { headers: PROTOBUF, body: Buffer.alloc(0) })).status).toBe(200);
    expect((await send(receiver, { headers: PROTOBUF, body: asProtobuf(requestOf([])) })).status).toBe(200);
    expect((await send(receiver, { headers: JSON_TYPE, body: Buffer.from('{}') })).status).toBe(200);
    expect(receiver.accepted).toEqual([]);
  });

  it('may hold the same span twice', async () => {
    receiver = await startReceiver(otlpTraces);
    const twice = span();
    const found = await send(receiver, { headers: JSON_TYPE, body: asJson(requestOf([twice, twice])) });
    expect(found.body.toString()).toBe('{}');
    expect(receiver.accepted).toHaveLength(1);
  });
});

describe('a partial success', () => {
  const bad = requestOf([
    span(),
    span({ name: 'zero', traceId: '00'.repeat(16) }),
    span({ startTimeUnixNano: '0' }),
    span({ startTimeUnixNano: String(BigInt(Date.UTC(2200, 0, 1)) * 1_000_000n) }),
    span({ spanId: '00'.repeat(8) }),
  ]);
  const errorMessage =
    "4 of 5 spans were refused; the first: span 'zero': trace_id must be 16 bytes, not all zero, got '" +
    `${'0'.repeat(32)}'`;

  it('names what was refused, in protobuf', async () => {
    receiver = await startReceiver(otlpTraces);
    const found = await send(receiver, { headers: PROTOBUF, body: asProtobuf(bad) });
    expect(found.status).toBe(200);
    expect(decodeSuccess(found.body)).toEqual({ partialSuccess: { rejectedSpans: 4, errorMessage } });
    expect(receiver.accepted).toHaveLength(1);
  });

  it('names what was refused, in JSON', async () => {
    receiver = await startReceiver(otlpTraces);
    const found = await send(receiver, { headers: JSON_TYPE, body: asJson(bad) });
    expect(JSON.parse(found.body.toString())).toEqual({
      partialSuccess: { rejectedSpans: '4', errorMessage },
    });
  });

  it('says so of times that are not set and of times to come', async () => {
    receiver = await startReceiver(otlpTraces);
    for (const [fields, reason] of [
      [{ startTimeUnixNano: '0' }, 'start_time_unix_nano is not set or before 1980'],
      [{ startTimeUnixNano: String(NOW_NANOS * 5n) }, 'in the future'],
    ] as const) {
      const found = await send(receiver, {
        headers: JSON_TYPE,
        body: asJson(requestOf([span(fields)])),
      });
      expect(found.body.toString()).toContain(reason);
    }
  });
});

describe('an OTLP request that is refused', () => {
  it.each([
    [
      'malformed protobuf',
      PROTOBUF,
      Buffer.from([0x0a, 0x7f, 0x01]),
      400,
      /at byte 2: 127 bytes are announced/,
    ],
    [
      'malformed JSON',
      JSON_TYPE,
      Buffer.from('{"resourceSpans":['),
      400,
      /ExportTraceServiceRequest in json: /,
    ],
    ['a wrong field', JSON_TYPE, Buffer.from('{"resourceSpans":7}'), 400, /resourceSpans must be an array/],
    ['a wrong content type', { 'Content-Type': 'text/plain' }, Buffer.from('x'), 415, /'text\/plain'/],
    ['no content type', {}, Buffer.from('x'), 415, /Content-Type ''/],
  ])('because of %s says what and where', async (_name, headers, body, status, message) => {
    receiver = await startReceiver(otlpTraces);
    const found = await send(receiver, { headers, body });
    expect(found.status).toBe(status);
    const inProtobuf = found.headers['content-type'] === 'application/x-protobuf';
    expect(inProtobuf).toBe(
      'Content-Type' in headers && headers['Content-Type'] === PROTOBUF['Content-Type'],
    );
    const answer = inProtobuf ? decodeStatus(found.body) : JSON.parse(found.body.toString());
    expect(answer).toEqual({ code: 3, message: expect.stringMatching(message) });
    expect(receiver.accepted).toEqual([]);
    expect(receiver.refused).toHaveLength(1);
  });

  it('because of its method is told which one is allowed', async () => {
    receiver = await startReceiver(otlpTraces);
    for (const method of ['GET', 'PUT', 'DELETE', 'HEAD']) {
      const found = await send(receiver, { method });
      expect(found).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    }
  });
});
