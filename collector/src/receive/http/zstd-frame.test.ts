import { describe, expect, it } from 'vitest';
import { zstdFrameOf } from './zstd-frame.ts';

/** Made by Node 22.23 of `hello ` 40 or 60 times, `hello` and 200,000 zeros. */
const FRAMES = {
  'of one byte of length': ['KLUv/SDwbQAAMGhlbGxvIAEA51ClCA==', 240],
  'of two bytes of length': ['KLUv/WBoAG0AADBoZWxsbyABAF9RSxE=', 360],
  'of several blocks': ['KLUv/aBADQMAVAAAEAAAAQD7/znAAgNqCAA=', 200_000],
  'of no length': ['KLUv/QAAbQAAMGhlbGxvIAEA51ClCA==', undefined],
  'with a checksum': ['KLUv/STwbQAAMGhlbGxvIAEA51ClCISqc6o=', 240],
  'of raw bytes': ['KLUv/SAFKQAAaGVsbG8=', 5],
} as const;

describe.each(Object.entries(FRAMES))('a frame %s', (_name, [text, contentLength]) => {
  const frame = Buffer.from(text, 'base64');

  it('is as long as it is, and says how long its content is', () => {
    expect(zstdFrameOf(frame)).toEqual({ length: frame.length, contentLength });
    const more = Buffer.concat([frame, frame.subarray(0, 5)]);
    expect(zstdFrameOf(more)).toEqual({ length: frame.length, contentLength });
  });

  it('is none when it ends anywhere before its end', () => {
    for (let end = 0; end < frame.length; end++) {
      expect(() => zstdFrameOf(frame.subarray(0, end)), `${end} bytes`).toThrow('it ends too early');
    }
  });
});

it('what begins otherwise, or has a block of no known type, is no frame', () => {
  expect(() => zstdFrameOf(Buffer.alloc(20))).toThrow('magic number');
  const [text] = FRAMES['of raw bytes'];
  const frame = Buffer.from(text, 'base64');
  frame[6] = 0x2f;
  expect(() => zstdFrameOf(frame)).toThrow('reserved type');
});

it('may have a dictionary and lengths of four and eight bytes', () => {
  const frame = (descriptor: number, fields: readonly number[]) =>
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, descriptor, ...fields, 1, 0, 0]);
  expect(zstdFrameOf(frame(0xa0, [1, 2, 0, 0]))).toEqual({ length: 12, contentLength: 513 });
  expect(zstdFrameOf(frame(0xe3, [9, 9, 9, 9, 1, 0, 0, 0, 1, 0, 0, 0]))).toEqual({
    length: 20,
    contentLength: 2 ** 32 + 1,
  });
});
