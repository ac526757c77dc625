import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import zlib, { gunzip } from 'node:zlib';
import { malformed, tooLarge, unsupported } from './refused.ts';
import { type ZstdFrame, zstdFrameOf } from './zstd-frame.ts';

const unzip = promisify(gunzip) as Inflate;
const GZIP_LENGTH_MIN = 18;

type Inflate = (body: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

/** Node has it from 22.15 on. */
const unzstd =
  'zstdDecompress' in zlib ? (promisify(zlib.zstdDecompress as typeof gunzip) as Inflate) : undefined;

/** Content encodings that are read here, separated by commas. */
export const ENCODINGS = unzstd === undefined ? 'gzip' : 'gzip, zstd';

/** Counts bytes that are held in memory; throws when they are too many. */
export type Hold = (bytes: number) => void;

/** The body as it comes over the wire, at most `maxBodyBytes`. The request is left open: who refuses it still has to drain it. */
export async function readBody(request: IncomingMessage, maxBodyBytes: number, hold: Hold): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) throw tooLarge(maxBodyBytes);
    hold(chunk.length);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
}

/**
 * Decompressed as its Content-Encoding says. What it will take is held before it is taken: a gzip names its length at its end (RFC
 * 1952), a zstd frame mostly at its start (RFC 8878), so that many small bodies can't become large ones at the same time. One that
 * names less than it has gets the most.
 */
export async function decompress(body: Buffer, encoding: string, maxBodyBytes: number, hold: Hold) {
  if (encoding === 'identity' || encoding === '') return body;
  if (encoding === 'gzip') {
    if (body.length < GZIP_LENGTH_MIN) throw malformed('gzip', 'the body is not gzip: it ends too early');
    return inflate(
      body,
      { encoding, by: unzip, named: body.readUInt32LE(body.length - 4) },
      maxBodyBytes,
      hold,
    );
  }
  if (encoding === 'zstd' && unzstd !== undefined) {
    return inflate(body, { encoding, by: unzstd, named: zstdLength(body) }, maxBodyBytes, hold);
  }
  throw unsupported('Content-Encoding', encoding, ENCODINGS);
}

type Compression = { readonly encoding: string; readonly by: Inflate; readonly named: number };

async function inflate(body: Buffer, { encoding, by, named }: Compression, maxBodyBytes: number, hold: Hold) {
  const expected = Math.min(Math.max(named, 1), maxBodyBytes);
  hold(expected);
  try {
    return await by(body, { maxOutputLength: expected });
  } catch (error) {
    if (!isLonger(error)) throw notCompressed(encoding, error);
    if (expected === maxBodyBytes) throw tooLarge(maxBodyBytes);
  }
  hold(maxBodyBytes - expected);
  try {
    return await by(body, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    throw isLonger(error) ? tooLarge(maxBodyBytes) : notCompressed(encoding, error);
  }
}

/** Of the one frame that the body is. */
function zstdLength(body: Buffer): number {
  let frame: ZstdFrame;
  try {
    frame = zstdFrameOf(body);
  } catch (error) {
    throw notCompressed('zstd', error);
  }
  if (frame.length !== body.length) {
    throw malformed('zstd', `the body is one frame of zstd and ${body.length - frame.length} bytes more`);
  }
  return frame.contentLength ?? Number.MAX_SAFE_INTEGER;
}

function isLonger(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function notCompressed(encoding: string, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return malformed(encoding, `the body is not ${encoding}: ${why}`);
}
