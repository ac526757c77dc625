/**
 * A record in a segment: this header, then the payload. Little endian.
 *
 *  0  u32  payload length in bytes
 *  4  u32  flags, 0 today; a set bit was written by a newer version
 *  8  u64  position of the record: tells a record at the wrong place
 * 16  u32  bytes from the start of its batch: everything before the batch was fsynced before it was written
 * 20  u32  CRC-32C of the payload
 * 24  u32  CRC-32C of the 24 bytes before
 *
 * The batch start is what tells a torn tail from damage: see recover.ts.
 */
import { crc32c } from './crc32c.ts';

export const FRAME_HEADER_BYTES = 28;
const CHECKED_BYTES = FRAME_HEADER_BYTES - 4;
const TWO_TO_32 = 2 ** 32;

export type FrameHeader = {
  readonly payloadBytes: number;
  readonly flags: number;
  readonly position: number;
  readonly batchStart: number;
  readonly payloadCrc: number;
};

/** A range of a segment in memory. `view` spans the same bytes as `bytes`. */
export type FrameBytes = {
  readonly bytes: Uint8Array;
  readonly view: DataView;
};

export function frameBytes(bytes: Uint8Array): FrameBytes {
  return {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  };
}

/** Writes the header at `at`; 28 bytes must be free there. */
export function encodeFrameHeader(target: FrameBytes, at: number, header: FrameHeader): void {
  const { view } = target;
  view.setUint32(at, header.payloadBytes, true);
  view.setUint32(at + 4, header.flags, true);
  view.setUint32(at + 8, header.position % TWO_TO_32, true);
  view.setUint32(at + 12, Math.floor(header.position / TWO_TO_32), true);
  view.setUint32(at + 16, header.position - header.batchStart, true);
  view.setUint32(at + 20, header.payloadCrc, true);
  view.setUint32(at + 24, crc32c(target.bytes, at, at + CHECKED_BYTES), true);
}

/** The header at `at` if one for this very position is there and whole, else undefined. */
export function decodeFrameHeader(source: FrameBytes, at: number, position: number): FrameHeader | undefined {
  const { bytes, view } = source;
  if (at + FRAME_HEADER_BYTES > bytes.length) return undefined;
  // The position first: while searching for a frame it rules out almost every place at little cost.
  if (view.getUint32(at + 8, true) !== position % TWO_TO_32) return undefined;
  if (view.getUint32(at + 12, true) !== Math.floor(position / TWO_TO_32)) return undefined;
  if (view.getUint32(at + 24, true) !== crc32c(bytes, at, at + CHECKED_BYTES)) return undefined;
  return {
    payloadBytes: view.getUint32(at, true),
    flags: view.getUint32(at + 4, true),
    position,
    batchStart: position - view.getUint32(at + 16, true),
    payloadCrc: view.getUint32(at + 20, true),
  };
}

/** Whether the payload after the header at `at` is wholly inside and matches its checksum. */
export function payloadIsWhole(source: FrameBytes, at: number, header: FrameHeader): boolean {
  const start = at + FRAME_HEADER_BYTES;
  const end = start + header.payloadBytes;
  return end <= source.bytes.length && crc32c(source.bytes, start, end) === header.payloadCrc;
}
