import { decompress as zstd } from 'fzstd';
import kafkajs from 'kafkajs';
import lz4 from 'lz4js';
import snappy from 'snappyjs';

/** Magic of the stream that Java's producers write around blocks of Snappy. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

/** Lets kafkajs, which has gzip alone, read what producers compress with Snappy, LZ4 or Zstandard. */
export function installCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.Snappy] = () => reading(unsnap);
  CompressionCodecs[CompressionTypes.LZ4] = () => reading(lz4.decompress);
  CompressionCodecs[CompressionTypes.ZSTD] = () => reading(zstd);
}

function reading(decompress: (bytes: Uint8Array) => Uint8Array) {
  return {
    compress(): never {
      throw new Error('nothing is written compressed');
    },
    async decompress(bytes: Buffer): Promise<Buffer> {
      const plain = decompress(bytes);
      return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
    },
  };
}

/** One block as librdkafka writes it, or a stream of blocks, each behind its length. */
function unsnap(bytes: Uint8Array): Uint8Array {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!whole.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return snappy.uncompress(bytes);
  const blocks: Uint8Array[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < whole.length; ) {
    const end = at + 4 + whole.readInt32BE(at);
    blocks.push(snappy.uncompress(whole.subarray(at + 4, end)));
    at = end;
  }
  return Buffer.concat(blocks);
}
