import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { asProtobuf, decodeStatus, requestOf, span } from '../otlp/otlp.testkit.ts';
import { otlpTraces } from '../otlp/traces.ts';
import { PROTOBUF, type Receiver, send, startReceiver, until } from './receiver.testkit.ts';

let receiver: Receiver;
afterEach(() => receiver.close());

describe('a body over the limit', () => {
  const MiB = 1024 * 1024;

  it('is refused by its declared length, and the sender reads the answer', async () => {
    receiver = await startReceiver(otlpTraces);
    const body = Buffer.alloc(3 * MiB);
    const found = await send(receiver, { headers: PROTOBUF, body });
    expect(found).toMatchObject({ status: 413, headers: { connection: 'close' } });
    expect(decodeStatus(found.body)).toMatchObject({
      message: expect.stringContaining('larger than 65536 bytes'),
    });
    const fetched = await fetch(receiver.url, { method: 'POST', headers: PROTOBUF, body });
    expect(fetched.status).toBe(413);
  });

  it('is refused while it streams in without a length', async () => {
    receiver = await startReceiver(otlpTraces);
    const chunks = Array.from({ length: 16 }, () => Buffer.alloc(8 * 1024));
    expect((await send(receiver, { headers: PROTOBUF, body: chunks })).status).toBe(413);
  });

  it('is read over for a while, not for ever', async () => {
    receiver = await startReceiver(otlpTraces);
    const socket = connect(receiver.port, '127.0.0.1');
    const answer: Buffer[] = [];
    socket.on('data', (chunk) => answer.push(chunk));
    socket.on('error', () => undefined);
    socket.write('POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n');
    socket.write('Content-Length: 1000000000000\r\n\r\n');
    const chunk = Buffer.alloc(64 * 1024);
    let sent = 0;
    const pump = (): void => {
      if (socket.destroyed) return;
      sent += chunk.length;
      socket.write(chunk, () => setImmediate(pump));
    };
    pump();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(Buffer.concat(answer).toString()).toMatch(/^HTTP\/1.1 413 /);
    expect(sent).toBeLessThan(64 * MiB);
  });

  it('is refused when it only grows by decompression, whatever length it names', async () => {
    receiver = await startReceiver(otlpTraces);
    const headers = { ...PROTOBUF, 'Content-Encoding': 'gzip' };
    const bomb = gzipSync(Buffer.alloc(20 * MiB));
    expect((await send(receiver, { headers, body: bomb })).status).toBe(413);
    const lying = Buffer.from(bomb);
    lying.writeUInt32LE(10, lying.length - 4);
    expect((await send(receiver, { headers, body: lying })).status).toBe(413);
    expect(receiver.refused).toEqual(['too-large', 'too-large']);
  });

  it('takes no more memory when many come at once', async () => {
    const most = 16 * MiB;
    receiver = await startReceiver(otlpTraces, { maxBodyBytes: most, maxInFlightBytes: 4 * most });
    const headers = { ...PROTOBUF, 'Content-Encoding': 'gzip' };
    const bomb = gzipSync(Buffer.alloc(most - 16));
    const before = process.memoryUsage.rss();
    let highest = 0;
    const watch = setInterval(() => {
      highest = Math.max(highest, process.memoryUsage.rss());
    }, 2);
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => send(receiver, { headers, body: bomb })),
    );
    clearInterval(watch);
    expect(new Set(answers.map((found) => found.status))).toEqual(new Set([400, 429]));
    expect((highest - before) / MiB).toBeLessThan(300);
  });
});

describe('bodies in flight', () => {
  const body = asProtobuf(requestOf([span()]));
  const large = Buffer.alloc(60 * 1024);

  /** An upload that has sent its first half. */
  async function half(): Promise<{ finish(): void; abort(): void; answered: Promise<number> }> {
    const request = httpRequest({
      host: '127.0.0.1',
      port: receiver.port,
      path: '/v1/traces',
      method: 'POST',
      headers: { ...PROTOBUF, 'Content-Length': large.length },
    });
    const answered = new Promise<number>((resolve) => {
      request.on('response', (response) => resolve(response.resume().statusCode ?? 0));
      request.on('error', () => resolve(-1));
    });
    await new Promise<void>((resolve) => request.write(large.subarray(0, 40 * 1024), () => resolve()));
    return {
      finish: () => request.end(large.subarray(40 * 1024)),
      abort: () => request.destroy(),
      answered,
    };
  }

  it('are bounded, and the bound is free again when they fail, end or leave', async () => {
    receiver = await startReceiver(otlpTraces, { maxInFlightBytes: 100 * 1024 });
    const one = await half();
    const two = await half();
    await until(() => receiver.active() === 2);
    const refused = await send(receiver, { headers: PROTOBUF, body: large });
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });

    one.abort();
    two.finish();
    expect(await two.answered).toBe(400);
    await until(() => receiver.active() === 0);
    expect(receiver.accepted).toEqual([]);
    expect([...receiver.refused].sort()).toEqual(['aborted', 'busy', 'malformed']);

    const [three, four] = [await half(), await half()];
    three.finish();
    expect(await three.answered).toBe(400);
    four.abort();
    await until(() => receiver.active() === 0);
    expect((await send(receiver, { headers: PROTOBUF, body })).status).toBe(200);
  });

  it('may come slowly, one piece after the other', async () => {
    receiver = await startReceiver(otlpTraces);
    const socket = connect(receiver.port, '127.0.0.1');
    const answer: Buffer[] = [];
    socket.on('data', (chunk) => answer.push(chunk));
    socket.write(
      `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    for (const byte of body) await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
    await until(() => answer.length > 0);
    expect(Buffer.concat(answer).toString()).toMatch(/^HTTP\/1.1 200 /);
    socket.destroy();
  });
});
