import { Agent } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { JSON_TYPE, PROTOBUF, type Receiver, send, startReceiver, until } from './handler.testkit.ts';
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

let receiver: Receiver;
afterEach(() => receiver.close());

const failing = (code: string) => async () => {
  throw Object.assign(new Error(`the log is ${code}`), { code });
};

describe('an OTLP request that is accepted', () => {
  const request = requestOf([span(), span()]);

  it.each([
    ['protobuf', PROTOBUF, asProtobuf(request), '', 'application/x-protobuf'],
    ['JSON', JSON_TYPE, asJson(request), '{}', 'application/json'],
  ])('is answered in %s and stored as it came', async (_name, headers, body, answer, type) => {
    receiver = await startReceiver();
    const found = await send(receiver.port, { headers, body });
    expect(found).toMatchObject({ status: 200, headers: { 'content-type': type } });
    expect(found.body.toString()).toBe(answer);
    expect(receiver.accepted).toHaveLength(1);
    expect(receiver.accepted[0]?.head).toMatchObject({ wire: 'otlp', receivedAtUs: NOW_US, mode: 'live' });
    expect(Buffer.from(receiver.accepted[0]?.body ?? [])).toEqual(body);
  });

  it('may be gzip, and is stored decompressed', async () => {
    receiver = await startReceiver();
    const body = asProtobuf(request);
    const gzip = { ...PROTOBUF, 'Content-Encoding': 'gzip' };
    expect((await send(receiver.port, { headers: gzip, body: gzipSync(body) })).status).toBe(200);
    const members = Buffer.concat([gzipSync(body.subarray(0, 40)), gzipSync(body.subarray(40))]);
    expect((await send(receiver.port, { headers: gzip, body: members })).status).toBe(200);
    for (const { body: stored } of receiver.accepted) expect(Buffer.from(stored)).toEqual(body);
    expect(receiver.accepted).toHaveLength(2);
  });

  it('may name a charset with its content type', async () => {
    receiver = await startReceiver();
    const headers = { 'Content-Type': 'Application/JSON; charset=utf-8' };
    expect((await send(receiver.port, { headers, body: asJson(request) })).status).toBe(200);
  });

  it('is answered only when it is durable', async () => {
    let settle = (): void => undefined;
    const durable = new Promise<void>((resolve) => {
      settle = resolve;
    });
    let appended = 0;
    receiver = await startReceiver({
      append: () => {
        appended++;
        return durable;
      },
    });
    let answered = false;
    const answer = send(receiver.port, { headers: PROTOBUF, body: asProtobuf(request) }).then((found) => {
      answered = true;
      return found;
    });
    await until(() => appended === 1);
    await send(receiver.port, { method: 'GET' });
    expect(answered).toBe(false);
    settle();
    expect((await answer).status).toBe(200);
  });

  it('with no span in it is answered, and nothing is stored', async () => {
    receiver = await startReceiver();
    expect((await send(receiver.port, { headers: PROTOBUF, body: Buffer.alloc(0) })).status).toBe(200);
    expect((await send(receiver.port, { headers: PROTOBUF, body: asProtobuf(requestOf([])) })).status).toBe(
      200,
    );
    expect((await send(receiver.port, { headers: JSON_TYPE, body: Buffer.from('{}') })).status).toBe(200);
    expect(receiver.accepted).toEqual([]);
  });

  it('may hold the same span twice', async () => {
    receiver = await startReceiver();
    const twice = span();
    const found = await send(receiver.port, { headers: JSON_TYPE, body: asJson(requestOf([twice, twice])) });
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
    receiver = await startReceiver();
    const found = await send(receiver.port, { headers: PROTOBUF, body: asProtobuf(bad) });
    expect(found.status).toBe(200);
    expect(decodeSuccess(found.body)).toEqual({ partialSuccess: { rejectedSpans: 4, errorMessage } });
    expect(receiver.accepted).toHaveLength(1);
  });

  it('names what was refused, in JSON', async () => {
    receiver = await startReceiver();
    const found = await send(receiver.port, { headers: JSON_TYPE, body: asJson(bad) });
    expect(JSON.parse(found.body.toString())).toEqual({
      partialSuccess: { rejectedSpans: '4', errorMessage },
    });
  });

  it('says so of times that are not set and of times to come', async () => {
    receiver = await startReceiver();
    for (const [fields, reason] of [
      [{ startTimeUnixNano: '0' }, 'start_time_unix_nano is not set or before 1980'],
      [{ startTimeUnixNano: String(NOW_NANOS * 5n) }, 'in the future'],
    ] as const) {
      const found = await send(receiver.port, {
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
    [
      'a truncated gzip',
      { ...PROTOBUF, 'Content-Encoding': 'gzip' },
      gzipSync(asProtobuf(requestOf([span()]))).subarray(0, -9),
      400,
      /the body is not gzip: unexpected end of file/,
    ],
    ['an empty gzip', { ...PROTOBUF, 'Content-Encoding': 'gzip' }, Buffer.alloc(0), 400, /ends too early/],
    ['no gzip', { ...JSON_TYPE, 'Content-Encoding': 'gzip' }, Buffer.alloc(30, 0x41), 400, /is not gzip/],
    [
      'an unknown encoding',
      { ...JSON_TYPE, 'Content-Encoding': 'zstd' },
      Buffer.from('x'),
      415,
      /'zstd'.*gzip/,
    ],
    ['a wrong content type', { 'Content-Type': 'text/plain' }, Buffer.from('x'), 415, /'text\/plain'/],
    ['no content type', {}, Buffer.from('x'), 415, /Content-Type ''/],
  ])('because of %s says what and where', async (_name, headers, body, status, message) => {
    receiver = await startReceiver();
    const found = await send(receiver.port, { headers, body });
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
    receiver = await startReceiver();
    for (const method of ['GET', 'PUT', 'DELETE', 'HEAD']) {
      const found = await send(receiver.port, { method });
      expect(found).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    }
  });

  it.each([
    ['full', 429, '1', /the intake queue is full: try again/],
    ['failed', 503, '1', /not accepted: the log is failed/],
    ['closed', 503, '1', /not accepted: the log is closed/],
    ['too-large', 413, undefined, /the log is too-large/],
  ])('because the log is %s is answered %i', async (code, status, retryAfter, message) => {
    receiver = await startReceiver({ append: failing(code) });
    const found = await send(receiver.port, { headers: JSON_TYPE, body: asJson(requestOf([span()])) });
    expect(found.status).toBe(status);
    expect(found.headers['retry-after']).toBe(retryAfter);
    expect(JSON.parse(found.body.toString()).message).toMatch(message);
  });

  it('leaves its connection to the next one', async () => {
    receiver = await startReceiver();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    const good = asProtobuf(requestOf([span()]));
    for (const [headers, body, status] of [
      [PROTOBUF, good, 200],
      [PROTOBUF, Buffer.from([1, 2, 3]), 400],
      [{ 'Content-Type': 'text/plain' }, Buffer.alloc(60_000), 415],
      [PROTOBUF, good, 200],
    ] as const) {
      const found = await send(receiver.port, { headers, body, agent });
      expect(found.status).toBe(status);
      ports.add(found.localPort);
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });
});
