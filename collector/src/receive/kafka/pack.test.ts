import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KafkaMessage } from './message.ts';
import { packMessages } from './pack.testkit.ts';
import { packedBytesMost, unpackMessages } from './pack.ts';

const bytes = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined });
const message: fc.Arbitrary<KafkaMessage> = fc.record({
  offset: fc.maxSafeNat(),
  timestampMs: fc.oneof(fc.constant(-1), fc.maxSafeNat()),
  key: bytes,
  value: bytes,
  headers: fc.array(fc.record({ name: fc.string({ unit: 'grapheme', maxLength: 12 }), value: bytes }), {
    maxLength: 4,
  }),
  isCut: fc.boolean(),
});

/** Buffers and arrays of the same bytes are equal. */
function plain(messages: Iterable<KafkaMessage>): unknown[] {
  const text = (part: Uint8Array | undefined) => part && Buffer.from(part).toString('hex');
  return [...messages].map((each) => ({
    ...each,
    key: text(each.key),
    value: text(each.value),
    headers: each.headers.map(({ name, value }) => [name, text(value)]),
  }));
}

describe('packed messages', () => {
  it('are what was packed, whatever is missing or empty', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), (messages) => {
        const packed = packMessages(messages);
        expect(packed.length).toBeLessThanOrEqual(
          messages.reduce((sum, each) => sum + packedBytesMost(each), 0),
        );
        expect(plain(unpackMessages(packed))).toEqual(plain(messages));
      }),
    );
  });

  it('grow with what is added', () => {
    const value = Buffer.alloc(50_000, 7);
    const messages = [1, 2, 3].map((offset) => ({
      offset,
      timestampMs: 2,
      key: undefined,
      value,
      headers: [],
      isCut: false,
    }));
    expect(plain(unpackMessages(packMessages(messages)))).toEqual(plain(messages));
  });

  it('that end too early are an error of range, not a guess', () => {
    const packed = packMessages([
      { offset: 1, timestampMs: 2, key: undefined, value: Buffer.from('value'), headers: [], isCut: false },
    ]);
    for (let length = 1; length < packed.length; length++)
      expect(() => [...unpackMessages(packed.subarray(0, length))]).toThrow(RangeError);
  });
});
