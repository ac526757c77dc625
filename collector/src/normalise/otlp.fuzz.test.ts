import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyReader } from '../config/flow.ts';
import type { NormalisedEvent } from '../event/event.ts';
import type { OtlpHead } from '../intake/record.ts';
import { readTraceRequestJson } from '../receive/otlp/json.ts';
import {
  anyRequest,
  asJson,
  asProtobuf,
  NOW_NANOS,
  NOW_US,
  type Request,
} from '../receive/otlp/otlp.testkit.ts';
import { readTraceRequest } from '../receive/otlp/protobuf.ts';
import { refusal } from '../receive/otlp/span.ts';
import { normaliseOtlp } from './otlp.ts';

const LONG = process.env['THROUGHLINE_LONG'] !== undefined;
const BODIES = LONG ? 200_000 : 20_000;
const SEED = 20_261_124;
const SLOWEST_MS = 1000;
/** For bodies of several MiB. */
const SLOWEST_LARGE_MS = 5000;

const KEYS: KeyReader[] = ['order.id', '__proto__', 'constructor', '0', ''].map((attribute) => ({
  keyType: 'order',
  source: 'otlp',
  attribute,
}));

/** What the receiver makes of a body: the number of spans, or the error that it answers with 400. */
function check(body: Uint8Array, encoding: OtlpHead['encoding']): { spans: number; refused: number } | Error {
  let refused = 0;
  const read = encoding === 'json' ? readTraceRequestJson : readTraceRequest;
  try {
    const spans = read(body, (span) => {
      if (refusal(span, NOW_US) !== undefined) refused++;
    });
    return { spans, refused };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError)
      return error;
    throw error;
  }
}

/** What stores and correlation rely on without looking. */
function expectStorable(event: NormalisedEvent): void {
  for (const number of [event.timeUs, event.timeNs, event.durationUs, event.sequence, event.receivedAtUs]) {
    if (!Number.isSafeInteger(number) || number < 0)
      throw new Error(`${number} is no time, duration or order`);
  }
  if (event.timeNs > 999) throw new Error('timeNs is over 999');
  const text = JSON.stringify(event);
  // JSON.stringify escapes what is not well-formed, a database then refuses the escape.
  if (/(?<!\\)(?:\\\\)*\\ud[89a-f]/i.test(text)) throw new Error('a text is not well-formed');
  for (const word of [
    event.type,
    event.service,
    event.scope,
    event.peer,
    event.error?.type,
    event.error?.message,
  ]) {
    if (word !== undefined && word.length > 4096) throw new Error('a text is too long');
  }
  if (event.type === '' || event.service === '') throw new Error('an event has no name or no service');
  for (const value of Object.values(event.attributes)) {
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new Error(`${value} does not fit into JSON`);
    if (!['string', 'number', 'boolean'].includes(typeof value)) throw new Error('an attribute is not flat');
  }
}

function expectAcceptedToNormalise(
  body: Uint8Array,
  encoding: OtlpHead['encoding'],
  slowestMs = SLOWEST_MS,
): 'accepted' | 'refused' {
  const started = performance.now();
  const found = check(body, encoding);
  if (!(found instanceof Error)) {
    const head: OtlpHead = { wire: 'otlp', encoding, receivedAtUs: NOW_US, mode: 'live' };
    const { events, deadLetters } = normaliseOtlp(head, body, KEYS);
    expect(events.length).toBe(found.spans - found.refused);
    expect(deadLetters.length).toBe(Math.min(found.refused, 1001));
    events.forEach(expectStorable);
  }
  expect(performance.now() - started).toBeLessThan(slowestMs);
  return found instanceof Error ? 'refused' : 'accepted';
}

/** A small generator with a printed seed (mulberry32), so that a failure can be had again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const TOKENS = [
  'null',
  '{}',
  '[]',
  '"\\ud800"',
  '1e999',
  '-1',
  '""',
  'true',
  '9'.repeat(25),
  '"x":',
  ',',
  '[[[[',
];

/** One to four changes: a byte, a bit, a piece cut out, doubled, or moved from another body. */
function mutate(body: Buffer, other: Buffer, next: (below: number) => number): Buffer {
  let bytes = Buffer.from(body);
  for (let left = 1 + next(4); left > 0 && bytes.length > 0; left--) {
    const at = next(bytes.length);
    const end = Math.min(bytes.length, at + 1 + next(20));
    const piece = bytes.subarray(at, end);
    const before = bytes.subarray(0, at);
    switch (next(7)) {
      case 0:
        bytes[at] = next(256);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << next(8));
        break;
      case 2:
        bytes = Buffer.concat([before, bytes.subarray(end)]);
        break;
      case 3:
        bytes = Buffer.concat([before, piece, piece, bytes.subarray(end)]);
        break;
      case 4:
        bytes = Buffer.concat([before, other.subarray(next(other.length + 1)), bytes.subarray(end)]);
        break;
      case 5:
        bytes = Buffer.from(before);
        break;
      default:
        bytes = Buffer.concat([before, Buffer.from(TOKENS[next(TOKENS.length)] ?? ''), bytes.subarray(at)]);
    }
  }
  return bytes;
}

/** Bodies of which most spans are accepted before they are changed. */
function seeds(): Request[] {
  return fc.sample(anyRequest, { numRuns: 100, seed: SEED }).map((request) => ({
    resourceSpans: request.resourceSpans.map((group) => ({
      ...group,
      scopeSpans: group.scopeSpans.map(({ spans }) => ({
        spans: spans.map((span, place) => ({
          ...span,
          startTimeUnixNano: String(NOW_NANOS - BigInt(place) * 1_000_001n),
          endTimeUnixNano: String(NOW_NANOS),
        })),
      })),
    })),
  }));
}

describe('whatever the receiver accepts', () => {
  it.each(['protobuf', 'json'] as const)(
    `can be normalised: ${BODIES / 2} damaged bodies in %s`,
    (encoding) => {
      const next = random(SEED);
      const bodies = seeds().map(encoding === 'json' ? asJson : asProtobuf);
      const pick = (): Buffer => bodies[next(bodies.length)] ?? Buffer.alloc(0);
      const counts = { accepted: 0, refused: 0 };
      for (let run = 0; run < BODIES / 2; run++) {
        const body = mutate(pick(), pick(), next);
        try {
          counts[expectAcceptedToNormalise(body, encoding)]++;
        } catch (error) {
          throw new Error(`seed ${SEED}, body ${run}, base64 ${body.toString('base64')}`, { cause: error });
        }
      }
      expect(counts.accepted).toBeGreaterThan(BODIES / 50);
      expect(counts.refused).toBeGreaterThan(BODIES / 50);
    },
  );

  it('can be normalised: bytes and JSON of any kind', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        (body) => void expectAcceptedToNormalise(body, 'protobuf'),
      ),
      { seed: SEED, numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), (json) => {
        const body = Buffer.from(
          `{"resourceSpans":[{"resource":${json},"scopeSpans":[{"spans":[${json}]}]}]}`,
        );
        expectAcceptedToNormalise(body, 'json');
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it('can be normalised in time: a body full of the smallest, the longest, the most', () => {
    const MiB = 1024 * 1024;
    const inRequest = (spans: Buffer): Buffer => {
      const wrap = (tag: number, content: Buffer): Buffer => {
        const length = Buffer.alloc(5);
        for (let place = 0, rest = content.length; place < 5; place++, rest = Math.floor(rest / 128)) {
          length[place] = (rest % 128) | (place < 4 ? 128 : 0);
        }
        return Buffer.concat([Buffer.of(tag), length, content]);
      };
      return wrap(0x0a, wrap(0x12, spans));
    };
    expectAcceptedToNormalise(
      inRequest(Buffer.alloc(MiB, Buffer.of(0x12, 0x00))),
      'protobuf',
      SLOWEST_LARGE_MS,
    );
    expectAcceptedToNormalise(Buffer.alloc(4 * MiB, Buffer.of(0x0a, 0x00)), 'protobuf', SLOWEST_LARGE_MS);
    expectAcceptedToNormalise(Buffer.alloc(4 * MiB, 0x0b), 'protobuf', SLOWEST_LARGE_MS);
    const one = (fields: string): Buffer =>
      Buffer.from(
        `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${'ab'.repeat(16)}","spanId":"${'cd'.repeat(8)}",` +
          `"kind":4,"startTimeUnixNano":"${NOW_NANOS}",${fields}}]}]}]}`,
      );
    for (const fields of [
      `"name":"${' '.repeat(4 * MiB)}"`,
      `"name":"${'send '.repeat(MiB)}"`,
      `"traceId":"${'a'.repeat(4 * MiB)}"`,
      `"endTimeUnixNano":"${'1'.repeat(4 * MiB)}"`,
      `"attributes":[{"key":"order.id","value":{"intValue":"${'1'.repeat(4 * MiB)}"}}]`,
      `"attributes":[{"key":"order.id","value":{"doubleValue":"${'1'.repeat(4 * MiB)}"}}]`,
      `"attributes":[{"key":"order.id","value":{"stringValue":"${'\\ud800'.repeat(MiB)}"}}]`,
      `"links":[${'{},'.repeat(MiB / 2)}{}]`,
    ]) {
      expectAcceptedToNormalise(one(fields), 'json', SLOWEST_LARGE_MS);
    }
  });
});
