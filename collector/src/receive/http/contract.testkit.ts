import { Agent } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeIntakeRecord } from '../../intake/record.ts';
import { type NormaliseRules, normalise } from '../../normalise/normalise.ts';
import { mutated, randomOf } from './mutation.testkit.ts';
import {
  type Answer,
  NOW_US,
  type Receiver,
  type ReceiverOptions,
  send,
  startReceiver,
  until,
} from './receiver.testkit.ts';
import { Refused } from './refused.ts';
import type { HttpWire, WireRequest } from './wire.ts';

type Sample = { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer };

export type WireSamples = {
  readonly wire: HttpWire;
  /** Below the wire's path; empty where the wire is at one path. */
  readonly below?: string;
  /** By name: what is accepted whole, each at most 4 KiB. */
  readonly accepted: Readonly<Record<string, Sample>>;
  /** By name: what is refused whole with 400. */
  readonly malformed: Readonly<Record<string, Sample>>;
  readonly accepts: { readonly status: number; readonly method: string };
  /** What the answer to a refusal says, as text. */
  readonly messageOf: (answer: Answer) => string;
};

/** The cases that every wire over HTTP passes. */
export function httpWireContract(samples: WireSamples): void {
  const { wire, accepts, messageOf } = samples;
  const [first] = Object.values(samples.accepted);
  const [bad] = Object.values(samples.malformed);
  if (first === undefined || bad === undefined) throw new Error('a sample of each sort is needed');
  let receiver: Receiver | undefined;
  afterEach(async () => {
    await receiver?.close();
    receiver = undefined;
  });
  const start = async (options?: ReceiverOptions): Promise<Receiver> => {
    const started = await startReceiver(wire, options);
    receiver = { ...started, path: `${wire.path}${samples.below ?? ''}` };
    return receiver;
  };
  const method = accepts.method;

  describe('what is accepted', () => {
    it.each(Object.entries(samples.accepted))(
      '(%s) is stored, whole or compressed',
      async (_name, sample) => {
        const to = await start();
        const plain = await send(to, { method, ...sample });
        expect(plain.status, plain.body.toString()).toBe(accepts.status);
        const headers = { ...sample.headers, 'Content-Encoding': 'gzip' };
        expect((await send(to, { method, headers, body: gzipSync(sample.body) })).status).toBe(
          accepts.status,
        );
        const chunks = [...sample.body].map((byte) => Buffer.of(byte));
        expect((await send(to, { method, headers: sample.headers, body: chunks })).status).toBe(
          accepts.status,
        );
        expect(to.accepted).toHaveLength(3);
        for (const record of to.accepted) {
          expect(record.head).toMatchObject({ mode: 'live' });
          expect(Buffer.from(record.body)).toEqual(Buffer.from(to.accepted[0]?.body ?? []));
        }
        expect(to.refused).toEqual([]);
      },
    );

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
      let answered = false;
      const answer = send(to, { method, ...first }).then((found) => {
        answered = true;
        return found;
      });
      await until(() => appended === 1);
      await send(to, { method: 'TRACE' });
      expect(answered).toBe(false);
      settle();
      expect((await answer).status).toBe(accepts.status);
    });
  });

  describe('what is refused', () => {
    it.each([
      ['full', 429, '1', /the intake queue is full: try again/],
      ['failed', 503, '1', /not accepted: the log is failed/],
      ['closed', 503, '1', /not accepted: the log is closed/],
      ['too-large', 413, undefined, /the log is too-large/],
    ])('because the log is %s is answered %i', async (code, status, retryAfter, message) => {
      const to = await start({
        append: async () => {
          throw Object.assign(new Error(`the log is ${code}`), { code });
        },
      });
      const found = await send(to, { method, ...first });
      expect(found).toMatchObject({ status });
      expect(found.headers['retry-after']).toBe(retryAfter);
      expect(messageOf(found)).toMatch(message);
    });

    it.each(Object.entries(samples.malformed))(
      '(%s) says what is wrong, and nothing is stored',
      async (_name, sample) => {
        const to = await start();
        const found = await send(to, { method, ...sample });
        expect(found.status, found.body.toString()).toBe(400);
        expect(messageOf(found).length).toBeGreaterThan(10);
        expect(to.accepted).toEqual([]);
        expect(to.refused).toHaveLength(1);
      },
    );

    it.each([
      [
        'a truncated gzip',
        'gzip',
        gzipSync(first.body).subarray(0, -9),
        400,
        /the body is not gzip: unexpected end/,
      ],
      ['an empty gzip', 'gzip', Buffer.alloc(0), 400, /ends too early/],
      ['no gzip', 'gzip', Buffer.alloc(30, 0x41), 400, /is not gzip/],
      ['an unknown encoding', 'br', Buffer.from('x'), 415, /'br'.*gzip/],
    ])('because of %s says so', async (_name, encoding, body, status, message) => {
      const to = await start();
      const found = await send(to, {
        method,
        headers: { ...first.headers, 'Content-Encoding': encoding },
        body,
      });
      expect(found.status).toBe(status);
      expect(messageOf(found)).toMatch(message);
      expect(to.accepted).toEqual([]);
    });

    it('because it is too large says how much is allowed', async () => {
      const to = await start();
      const declared = await send(to, { method, headers: first.headers, body: Buffer.alloc(3_000_000) });
      expect(declared).toMatchObject({ status: 413, headers: { connection: 'close' } });
      expect(messageOf(declared)).toMatch(/larger than 65536 bytes/);
      const headers = { ...first.headers, 'Content-Encoding': 'gzip' };
      const bomb = gzipSync(Buffer.alloc(20_000_000));
      expect((await send(to, { method, headers, body: bomb })).status).toBe(413);
      expect(to.accepted).toEqual([]);
    });

    it('leaves its connection to the next one', async () => {
      const to = await start();
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const ports = new Set<number | undefined>();
      for (const sample of [first, bad, first]) {
        ports.add((await send(to, { method, ...sample, agent })).localPort);
      }
      agent.destroy();
      expect(ports.size).toBe(1);
      expect(to.accepted).toHaveLength(2);
    });
  });

  describe('a mutated body', () => {
    it('is refused in the terms of the protocol or can be read later, never more', () => {
      const bodies = Object.values(samples.accepted);
      const path = `${wire.path}${samples.below ?? ''}`;
      const random = randomOf(SEED);
      let accepted = 0;
      let slowestMs = 0;
      for (let run = 0; run < MUTATIONS; run++) {
        const { headers, body } = bodies[run % bodies.length] as Sample;
        const request = {
          method,
          path,
          query: '',
          headers: lowerCase(headers),
          body: mutated(body, random),
          receivedAtUs: NOW_US,
        };
        const startedMs = performance.now();
        const problem = problemOf(wire, request, () => accepted++);
        slowestMs = Math.max(slowestMs, performance.now() - startedMs);
        if (problem !== undefined) {
          expect.fail(
            `seed ${SEED}, run ${run}: ${problem}\n${Buffer.from(request.body).toString('base64')}`,
          );
        }
      }
      expect(accepted).toBeGreaterThan(0);
      expect(slowestMs).toBeLessThan(1000);
    }, 120_000);
  });
}

/** As many as CI has time for; more by hand with THROUGHLINE_MUTATIONS=1000000, others with THROUGHLINE_SEED=N. */
const MUTATIONS = Number(process.env.THROUGHLINE_MUTATIONS ?? 100_000);
const SEED = Number(process.env.THROUGHLINE_SEED ?? 1);

/** What went wrong with a body, undefined when it was refused as it should be or is read again without a fault. */
function problemOf(wire: HttpWire, request: WireRequest, onAccepted: () => void): string | undefined {
  let record: Uint8Array | undefined;
  try {
    ({ record } = wire.accept(request));
  } catch (error) {
    return error instanceof Refused ? undefined : `accept threw ${String(error)}`;
  }
  if (record === undefined) return undefined;
  onAccepted();
  try {
    normalise(decodeIntakeRecord(record), NO_RULES);
    return undefined;
  } catch (error) {
    return `what was accepted can't be read: ${String(error)}`;
  }
}

const NO_RULES: NormaliseRules = { keyReaders: [] };
function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
