import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { BodyBudget } from '../http/budget.ts';
import { mutated, randomOf } from '../http/mutation.testkit.ts';
import { until } from '../http/receiver.testkit.ts';
import type { HttpWire } from '../http/wire.ts';
import {
  framed,
  type GrpcReceiverOptions,
  type GrpcReceiverUnderTest,
  grpcCaller,
  MAX_BODY_BYTES,
  rawCaller,
  startGrpcReceiver,
} from './receiver.testkit.ts';
import { decodeStatusDetails } from './status.testkit.ts';

export type MethodSamples = {
  readonly path: string;
  readonly wire: HttpWire;
  /** Accepted whole, at most 4 KiB. */
  readonly accepted: Buffer;
  readonly malformed: Buffer;
};

/** The cases that every method of gRPC passes; what the wires themselves check is in their contract over HTTP. */
export function grpcMethodContract({ path, wire, accepted, malformed }: MethodSamples): void {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close();
  });
  const start = async (options?: GrpcReceiverOptions): Promise<GrpcReceiverUnderTest> => {
    const receiver = await startGrpcReceiver(path, wire, options);
    open.push(receiver);
    return receiver;
  };
  const caller = (to: GrpcReceiverUnderTest, compressed = false) => {
    const client = grpcCaller(to, compressed);
    open.push(client);
    return client;
  };
  const raw = (to: GrpcReceiverUnderTest) => {
    const client = rawCaller(to);
    open.push(client);
    return client;
  };

  describe('a call that is accepted', () => {
    it.each([
      ['plain', false],
      ['with gzip', true],
    ])('is stored as over HTTP, %s', async (_name, compressed) => {
      const to = await start();
      const answer = await caller(to, compressed).call(accepted);
      expect(answer).toEqual({ code: status.OK, message: '', body: Buffer.alloc(0), details: undefined });
      expect(to.accepted).toHaveLength(1);
      expect(to.accepted[0]?.head).toMatchObject({ encoding: 'protobuf', mode: 'live' });
      expect(Buffer.from(to.accepted[0]?.body ?? [])).toEqual(accepted);
      expect(to.refused).toEqual([]);
    });

    it('may come in pieces of one byte', async () => {
      const to = await start();
      const client = raw(to);
      const stream = client.session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc+proto',
      });
      for (const byte of framed(accepted)) await new Promise((done) => stream.write(Buffer.of(byte), done));
      stream.resume();
      stream.end();
      const trailers = new Promise((resolve) => stream.once('trailers', resolve));
      expect(await trailers).toMatchObject({ 'grpc-status': '0' });
      expect(Buffer.from(to.accepted[0]?.body ?? [])).toEqual(accepted);
    });

    it('is answered only when it is durable', async () => {
      let settle = (): void => undefined;
      const durable = new Promise<void>((resolve) => {
        settle = resolve;
      });
      let appended = 0;
      const to = await start({
        append: () => {
          appended++;
          return durable;
        },
      });
      const client = caller(to);
      let answered = false;
      const answer = client.call(accepted).then((found) => {
        answered = true;
        return found;
      });
      await until(() => appended === 1);
      await client.call(malformed);
      expect(answered).toBe(false);
      settle();
      expect((await answer).code).toBe(status.OK);
    });

    it('is one of many at the same time, each answered by itself', async () => {
      const to = await start({ budget: new BodyBudget(16 * 1024 * 1024) });
      const client = caller(to);
      const bodies = Array.from({ length: 600 }, (_, i) => (i % 3 === 0 ? malformed : accepted));
      const codes = (await Promise.all(bodies.map((body) => client.call(body)))).map(({ code }) => code);
      expect(codes).toEqual(bodies.map((body) => (body === accepted ? status.OK : status.INVALID_ARGUMENT)));
      expect(to.accepted).toHaveLength(400);
    });
  });

  describe('a call that is refused', () => {
    it.each([
      ['full', status.RESOURCE_EXHAUSTED, true, /the intake queue is full: try again/],
      ['failed', status.UNAVAILABLE, true, /not accepted: the log is failed/],
      ['closed', status.UNAVAILABLE, true, /not accepted: the log is closed/],
      ['too-large', status.RESOURCE_EXHAUSTED, false, /the log is too-large/],
    ])('because the log is %s says so, and when to try again', async (code, grpcCode, again, message) => {
      const to = await start({
        append: async () => {
          throw Object.assign(new Error(`the log is ${code}`), { code });
        },
      });
      const answer = await caller(to).call(accepted);
      expect(answer).toMatchObject({ code: grpcCode, message: expect.stringMatching(message) });
      const details = answer.details && decodeStatusDetails(answer.details);
      expect(details).toEqual(
        again ? { code: grpcCode, message: answer.message, retryDelayS: 1 } : undefined,
      );
    });

    it('because it is malformed says what is wrong, and nothing is stored', async () => {
      const to = await start();
      const answer = await caller(to).call(malformed);
      expect(answer).toMatchObject({ code: status.INVALID_ARGUMENT, details: undefined });
      expect(answer.message).toMatch(/at byte/);
      expect(to.accepted).toEqual([]);
      expect(to.refused).toEqual(['malformed']);
      expect(to.kept).toEqual([{ body: malformed, status: 400 }]);
    });

    it('because of its frame says so', async () => {
      const to = await start();
      const client = raw(to);
      const gzip = { 'grpc-encoding': 'gzip' };
      for (const [body, headers, code, message] of [
        [Buffer.alloc(0), {}, status.UNIMPLEMENTED, /no message came/],
        [Buffer.alloc(3), {}, status.INVALID_ARGUMENT, /ends before its announced length/],
        [framed(accepted).subarray(0, -1), {}, status.INVALID_ARGUMENT, /ends before/],
        [Buffer.concat([framed(accepted), framed(accepted)]), {}, status.UNIMPLEMENTED, /more than one/],
        [framed(accepted, 2), {}, status.INVALID_ARGUMENT, /must be 0 or 1, got 2/],
        [framed(accepted, 1), {}, status.INVALID_ARGUMENT, /names no compression/],
        [framed(accepted, 1), gzip, status.INVALID_ARGUMENT, /is not gzip/],
        [framed(gzipSync(accepted).subarray(0, -9), 1), gzip, status.INVALID_ARGUMENT, /is not gzip/],
        [framed(accepted, 1), { 'grpc-encoding': 'snappy' }, status.UNIMPLEMENTED, /'snappy'.*gzip/],
      ] as const) {
        const answer = await client.send(body, headers);
        expect(answer).toMatchObject({ httpStatus: 200, code, message: expect.stringMatching(message) });
        expect(answer.acceptEncoding).toMatch(/gzip/);
      }
      expect(to.accepted).toEqual([]);
      expect((await client.send(framed(accepted))).code).toBe(status.OK);
    });

    it('because it is too large says how much is allowed, and is not to be tried again', async () => {
      const to = await start();
      const large = await caller(to).call(Buffer.alloc(MAX_BODY_BYTES + 1));
      expect(large).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: undefined });
      expect(large.message).toMatch(/larger than 65536 bytes/);
      const bomb = framed(gzipSync(Buffer.alloc(20_000_000)), 1);
      const client = raw(to);
      const answer = await client.send(bomb, { 'grpc-encoding': 'gzip' });
      expect(answer).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
      // Announced only: nobody waits for 4 GB.
      expect((await client.send(framed(accepted, 0, 0xffff_ffff))).code).toBe(status.RESOURCE_EXHAUSTED);
      expect(to.accepted).toEqual([]);
      expect(to.refused).toEqual(['too-large', 'too-large', 'too-large']);
    });

    it('because it is no call of this service', async () => {
      const to = await start();
      const unknown = await caller(to).call(accepted, '/some.other.Service/Export');
      expect(unknown).toMatchObject({ code: status.UNIMPLEMENTED });
      const client = raw(to);
      const http = await client.send(accepted, { 'content-type': 'application/x-protobuf' });
      expect(http).toMatchObject({ httpStatus: 415, code: undefined });
      const json = await client.send(accepted, { 'content-type': 'application/grpc+json' });
      expect(json).toMatchObject({ httpStatus: 415 });
    });
  });

  describe('messages in flight', () => {
    /** A call that has sent the first bytes of a large message. */
    async function half(client: ReturnType<typeof rawCaller>) {
      const stream = client.session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
      });
      stream.on('error', () => undefined);
      stream.resume();
      const whole = framed(Buffer.alloc(60 * 1024));
      await new Promise<void>((resolve) => stream.write(whole.subarray(0, 40 * 1024), () => resolve()));
      const code = new Promise<string>((resolve) =>
        stream.once('response', (headers) => resolve(String(headers['grpc-status']))),
      );
      return { finish: () => stream.end(whole.subarray(40 * 1024)), abort: () => client.close(), code };
    }

    it('are bounded, and the bound is free again when they fail, end or leave', async () => {
      const budget = new BodyBudget(100 * 1024);
      const share = budget.share();
      const to = await start({ budget });
      const [one, two] = [await half(raw(to)), await half(raw(to))];
      await until(() => fits(budget, 21 * 1024) === false);
      const refused = await caller(to).call(Buffer.alloc(60 * 1024));
      expect(refused).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
      expect(refused.details && decodeStatusDetails(refused.details).retryDelayS).toBe(1);

      one.abort();
      await until(() => to.active() === 1);
      two.finish();
      expect(await two.code).toBe(String(status.INVALID_ARGUMENT));
      await until(() => to.active() === 0);
      expect([...to.refused].sort()).toEqual(['aborted', 'busy', 'malformed']);
      share.hold(100 * 1024);
      expect((await caller(to).call(accepted)).code).toBe(status.RESOURCE_EXHAUSTED);
      share.release();
      expect((await caller(to).call(accepted)).code).toBe(status.OK);
    });

    it('end before their connections do when the server stops', async () => {
      let settle = (): void => undefined;
      const durable = new Promise<void>((resolve) => {
        settle = resolve;
      });
      let appended = 0;
      const append = () => {
        appended++;
        return durable;
      };
      const to = await start({ append });
      const answer = caller(to).call(accepted);
      await half(raw(to));
      await until(() => appended === 1 && to.active() === 2);
      to.drain();
      settle();
      expect((await answer).code).toBe(status.OK);
      // The half one is cut.
      await to.close(50);
      await until(() => to.active() === 0);
      expect(to.refused).toEqual(['aborted']);
    });
  });

  it('answers every mutated call, and goes on', async () => {
    const to = await start({ budget: new BodyBudget(64 * 1024 * 1024) });
    const client = raw(to);
    const random = randomOf(SEED);
    const samples = [framed(accepted), framed(gzipSync(accepted), 1)];
    const codes = new Map<number | undefined, number>();
    for (let run = 0; run < CALLS; run += CALLS_AT_ONCE) {
      const answers = await Promise.all(
        Array.from({ length: CALLS_AT_ONCE }, (_, i) => {
          const body = mutated(samples[i % 2] as Buffer, random);
          return client.send(body, i % 2 === 0 ? {} : { 'grpc-encoding': 'gzip' });
        }),
      );
      for (const { code } of answers) codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect(codes.has(undefined), `seed ${SEED}: a call was left without an answer`).toBe(false);
    expect(codes.get(status.OK)).toBe(to.accepted.length);
    expect(codes.has(status.UNAVAILABLE)).toBe(false);
    expect((await client.send(framed(accepted))).code).toBe(status.OK);
  }, 120_000);
}

const CALLS = Number(process.env.THROUGHLINE_MUTATED_CALLS ?? 5_000);
const CALLS_AT_ONCE = 50;
const SEED = Number(process.env.THROUGHLINE_SEED ?? 1);

function fits(budget: BodyBudget, bytes: number): boolean {
  const share = budget.share();
  try {
    share.hold(bytes);
    return true;
  } catch {
    return false;
  } finally {
    share.release();
  }
}
