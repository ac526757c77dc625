import type { Readable } from 'node:stream';
import { decompress, type Hold } from '../http/body.ts';
import { malformed, Refused, tooLarge } from '../http/refused.ts';

/** Before every message: one byte that says whether it is compressed, and its length in four (gRPC over HTTP/2, "Length-Prefixed-Message"). */
const PREFIX_LENGTH = 5;

/**
 * The one message of a unary call, decompressed as `grpc-encoding` says. Its announced length is held to the limit before the rest
 * comes, and what comes is held in the budget as it comes. The stream is left open.
 */
export async function readMessage(
  stream: Readable,
  encoding: string,
  maxBodyBytes: number,
  hold: Hold,
): Promise<Uint8Array> {
  const framed = await readFramed(stream, maxBodyBytes, hold);
  const message = framed.subarray(PREFIX_LENGTH);
  const flag = framed[0];
  if (flag === 0) return message;
  if (flag !== 1) throw malformed('frame', `the compressed-flag of the message must be 0 or 1, got ${flag}`);
  if (encoding === '' || encoding === 'identity') {
    throw malformed('frame', 'the message is marked as compressed, and grpc-encoding names no compression');
  }
  return decompress(message, encoding, maxBodyBytes, hold);
}

async function readFramed(stream: Readable, maxBodyBytes: number, hold: Hold): Promise<Buffer> {
  let chunks: Buffer[] = [];
  let length = 0;
  let expected: number | undefined;
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    hold(chunk.length);
    chunks.push(chunk);
    length += chunk.length;
    if (expected === undefined && length >= PREFIX_LENGTH) {
      chunks = [Buffer.concat(chunks, length)];
      const announced = chunks[0]?.readUInt32BE(1) ?? 0;
      if (announced > maxBodyBytes) throw tooLarge(maxBodyBytes);
      expected = PREFIX_LENGTH + announced;
    }
    if (expected !== undefined && length > expected) throw notOne('more than one');
  }
  if (length === 0) throw notOne('no');
  if (length !== expected) throw malformed('frame', 'the message ends before its announced length');
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
}

function notOne(count: string): Refused {
  return new Refused(501, 'cardinality', `the call takes one message, ${count} message came`);
}
