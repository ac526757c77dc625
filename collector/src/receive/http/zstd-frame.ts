/** A frame of zstd (RFC 8878, 3.1.1), as far as its outside goes. */
export type ZstdFrame = {
  /** Bytes of the frame. */
  readonly length: number;
  /** What it says that it has when it is decompressed; undefined where it says nothing. */
  readonly contentLength: number | undefined;
};

const MAGIC = 0xfd2f_b528;
const BLOCK = { rle: 1, reserved: 3 } as const;
const BLOCK_HEADER_LENGTH = 3;
const CHECKSUM_LENGTH = 4;
/** By the two bits of the descriptor that say so. */
const DICTIONARY_LENGTHS = [0, 1, 2, 4];
const CONTENT_LENGTHS = [0, 2, 4, 8];

/**
 * Walks over the blocks of the first frame. Node's own reader takes a body that ends too early for a shorter one, and leaves out what comes
 * behind the first frame (22.23).
 *
 * @throws RangeError when the body is no frame, or less than one.
 */
export function zstdFrameOf(body: Buffer): ZstdFrame {
  const reader = new FrameReader(body);
  if (reader.take(4).readUInt32LE() !== MAGIC)
    throw new RangeError('its magic number is not that of a frame');
  const descriptor = reader.take(1).readUInt8();
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if (!isSingleSegment) reader.take(1);
  reader.take(DICTIONARY_LENGTHS[descriptor & 3] ?? 0);
  const sizeCode = descriptor >> 6;
  const contentLength = lengthIn(reader.take(CONTENT_LENGTHS[sizeCode] || (isSingleSegment ? 1 : 0)));
  for (let isLast = false; !isLast; ) {
    const header = reader.take(BLOCK_HEADER_LENGTH).readUIntLE(0, BLOCK_HEADER_LENGTH);
    const type = (header >> 1) & 3;
    if (type === BLOCK.reserved) throw new RangeError('a block has a reserved type');
    reader.take(type === BLOCK.rle ? 1 : header >> 3);
    isLast = (header & 1) === 1;
  }
  if ((descriptor & 4) !== 0) reader.take(CHECKSUM_LENGTH);
  return { length: reader.position, contentLength };
}

function lengthIn(bytes: Buffer): number | undefined {
  if (bytes.length === 0) return undefined;
  if (bytes.length === 1) return bytes.readUInt8();
  // One more length than two bytes could say starts behind that of one byte.
  if (bytes.length === 2) return bytes.readUInt16LE() + 256;
  return bytes.length === 4 ? bytes.readUInt32LE() : Number(bytes.readBigUInt64LE());
}

class FrameReader {
  readonly #body: Buffer;
  position = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  take(length: number): Buffer {
    const end = this.position + length;
    if (end > this.#body.length) throw new RangeError('it ends too early');
    const bytes = this.#body.subarray(this.position, end);
    this.position = end;
    return bytes;
  }
}
