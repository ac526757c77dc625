import kafkajs from 'kafkajs';
import { compress as snap } from 'snappyjs';
import { expect, it } from 'vitest';
import { installCodecs } from './codecs.ts';

const TEXT = 'a text that is repeated, '.repeat(500);

it('Snappy is read as one block, and as the stream of blocks that Java writes', async () => {
  installCodecs();
  const codec = kafkajs.CompressionCodecs[kafkajs.CompressionTypes.Snappy]?.();
  const block = Buffer.from(snap(Buffer.from(TEXT)));
  const length = Buffer.alloc(4);
  length.writeInt32BE(block.length);
  const header = Buffer.concat([Buffer.from([0x82]), Buffer.from('SNAPPY\0'), Buffer.alloc(8)]);
  expect(String(await codec.decompress(block))).toBe(TEXT);
  expect(String(await codec.decompress(Buffer.concat([header, length, block, length, block])))).toBe(
    TEXT + TEXT,
  );
});
