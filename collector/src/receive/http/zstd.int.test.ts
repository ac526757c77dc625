import zlib from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { framed, rawCaller, startGrpcReceiver } from '../grpc/receiver.testkit.ts';
import { asProtobuf, requestOf, span } from '../otlp/otlp.testkit.ts';
import { otlpTraces } from '../otlp/traces.ts';
import { PROTOBUF, send, startReceiver } from './receiver.testkit.ts';

/** What Node has of zstd from 22.15 on; its types are not in those of Node 20. */
type Zstd = {
  readonly zstdCompressSync: (
    body: Uint8Array,
    options?: { readonly params: Record<number, number> },
  ) => Buffer;
  readonly constants: { readonly ZSTD_c_contentSizeFlag: number };
};
const zstd = 'zstdCompressSync' in zlib ? (zlib as unknown as Zstd) : undefined;

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const body = asProtobuf(requestOf([span(), span()]));
const HEADERS = { ...PROTOBUF, 'Content-Encoding': 'zstd' };

async function start() {
  const receiver = await startReceiver(otlpTraces);
  open.push(receiver);
  return receiver;
}

async function startGrpc() {
  const receiver = await startGrpcReceiver('/some.Service/Export', otlpTraces);
  const client = rawCaller(receiver);
  open.push(receiver, client);
  return {
    receiver,
    send: (bytes: Uint8Array) => client.send(framed(bytes, 1), { 'grpc-encoding': 'zstd' }),
  };
}

describe.skipIf(zstd === undefined)('a body compressed with zstd (Node 22.15 and newer)', () => {
  const compress: Zstd['zstdCompressSync'] = (bytes, options) => {
    if (zstd === undefined) throw new Error('this Node has no zstd');
    return zstd.zstdCompressSync(bytes, options);
  };
  const unsized = { params: { [zstd?.constants.ZSTD_c_contentSizeFlag ?? 0]: 0 } };

  it('is read, whether it names its length or not, over HTTP and gRPC', async () => {
    const http = await start();
    const grpc = await startGrpc();
    const long = asProtobuf(requestOf(Array.from({ length: 400 }, () => span())));
    const bodies = [compress(body), compress(body, unsized), compress(long), compress(long, unsized)];
    for (const bytes of bodies) {
      expect((await send(http, { headers: HEADERS, body: bytes })).status).toBe(200);
      expect((await grpc.send(bytes)).code).toBe(0);
    }
    const expected = [body, body, long, long];
    expect(http.accepted.map((record) => Buffer.from(record.body))).toEqual(expected);
    expect(grpc.receiver.accepted.map((record) => Buffer.from(record.body))).toEqual(expected);
  });

  it('is refused when it is cut, none or more than one', async () => {
    const http = await start();
    const grpc = await startGrpc();
    const whole = compress(body);
    const bodies = [
      whole.subarray(0, -5),
      Buffer.concat([whole, whole]),
      body,
      Buffer.alloc(0),
      Buffer.alloc(3),
      Buffer.alloc(40),
    ];
    for (const bytes of bodies) {
      expect((await send(http, { headers: HEADERS, body: bytes })).status).toBe(400);
      expect((await grpc.send(bytes)).code).toBe(3);
    }
    expect(http.accepted).toEqual([]);
  });

  it('is refused when it grows over the limit, whatever length it names', async () => {
    const http = await start();
    const grpc = await startGrpc();
    const zeros = Buffer.alloc(20_000_000);
    for (const bytes of [compress(zeros), compress(zeros, unsized)]) {
      expect((await send(http, { headers: HEADERS, body: bytes })).status).toBe(413);
      expect((await grpc.send(bytes)).code).toBe(8);
    }
  });
});

describe.skipIf(zstd !== undefined)('a body compressed with zstd (Node 20)', () => {
  it('is refused, and its sender told what is read', async () => {
    const found = await send(await start(), { headers: HEADERS, body });
    expect(found).toMatchObject({ status: 415, headers: { 'accept-encoding': 'gzip' } });
    const { send: call } = await startGrpc();
    expect(await call(body)).toMatchObject({ code: 12, acceptEncoding: 'identity, gzip' });
  });
});
