import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { malformed, tooLarge, unsupported } from './refused.ts';

const unzip = promisify(gunzip);
const GZIP_LENGTH_MIN = 18;

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
 * 1952), so that many small bodies can't become large ones at the same time. One that names less than it has gets the most.
 */
export async function decompress(body: Buffer, encoding: string, maxBodyBytes: number, hold: Hold) {
  if (encoding === 'identity' || encoding === '') return body;
  if (encoding !== 'gzip') throw unsupported('Content-Encoding', encoding, 'gzip or none');
  if (body.length < GZIP_LENGTH_MIN) throw malformed('gzip', 'the body is not gzip: it ends too early');
  const named = body.readUInt32LE(body.length - 4);
  const expected = Math.min(Math.max(named, 1), maxBodyBytes);
  hold(expected);
  try {
    return await unzipUpTo(body, expected);
  } catch (error) {
    if (!isLonger(error)) throw notGzip(error);
    if (expected === maxBodyBytes) throw tooLarge(maxBodyBytes);
  }
  hold(maxBodyBytes - expected);
  try {
    return await unzipUpTo(body, maxBodyBytes);
  } catch (error) {
    throw isLonger(error) ? tooLarge(maxBodyBytes) : notGzip(error);
  }
}

function unzipUpTo(body: Buffer, maxOutputLength: number): Promise<Buffer> {
  return unzip(body, { maxOutputLength }) as Promise<Buffer>;
}

function isLonger(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function notGzip(error: unknown): Error {
  return malformed('gzip', `the body is not gzip: ${error instanceof Error ? error.message : String(error)}`);
}
