import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';
import {
  decodeFrameHeader,
  encodeFrameHeader,
  FRAME_HEADER_BYTES,
  frameBytes,
  payloadIsWhole,
} from './frame.ts';

function encoded(payload: Uint8Array, position: number, batchStart = position) {
  const frame = frameBytes(new Uint8Array(FRAME_HEADER_BYTES + payload.length));
  const header = {
    payloadBytes: payload.length,
    flags: 0,
    position,
    batchStart,
    payloadCrc: crc32c(payload),
  };
  encodeFrameHeader(frame, 0, header);
  frame.bytes.set(payload, FRAME_HEADER_BYTES);
  return { frame, header };
}

test('a header reads back as it was written, up to the largest position', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.maxSafeNat(), fc.nat(1000), (payload, position, distance) => {
      const { frame, header } = encoded(payload, position, Math.max(0, position - distance));
      expect(decodeFrameHeader(frame, 0, position)).toEqual(header);
      expect(payloadIsWhole(frame, 0, header)).toBe(true);
    }),
  );
});

test('any flipped bit is noticed', () => {
  const payload = Uint8Array.from({ length: 20 }, (_, at) => at);
  const { frame } = encoded(payload, 4711, 4000);
  for (let bit = 0; bit < frame.bytes.length * 8; bit += 1) {
    const flipped = frameBytes(frame.bytes.slice());
    flipped.bytes[bit >> 3] = (flipped.bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const header = decodeFrameHeader(flipped, 0, 4711);
    expect(header !== undefined && payloadIsWhole(flipped, 0, header), `bit ${bit}`).toBe(false);
  }
});

test('a record at the wrong place or cut short is no record', () => {
  const { frame, header } = encoded(new Uint8Array(10), 5000);
  expect(decodeFrameHeader(frame, 0, 5001)).toBeUndefined();
  expect(decodeFrameHeader(frame, 0, 5000 + 2 ** 32)).toBeUndefined();
  expect(decodeFrameHeader(frameBytes(frame.bytes.subarray(0, 27)), 0, 5000)).toBeUndefined();
  expect(payloadIsWhole(frameBytes(frame.bytes.subarray(0, 37)), 0, header)).toBe(false);
});
