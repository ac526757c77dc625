import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { encodeIntakeRecord } from '../../intake/record.ts';
import { CONTENT_TYPE, type Encoding, encodeStatus, encodeSuccess, RPC_CODE } from './answer.ts';
import { readTraceRequestJson } from './json.ts';
import { readTraceRequest } from './protobuf.ts';
import { refusal } from './span.ts';

export type OtlpIntake = {
  /** Durable append; rejects with a `code` of `full`, `failed`, `closed` or `too-large`. */
  append(record: Uint8Array): Promise<unknown>;
  /** Bytes after decompression; the compressed body is held to it too. */
  readonly maxBodyBytes: number;
  /** Bodies that may be in memory at once, in bytes; beyond it senders are told to wait. */
  readonly maxInFlightBytes: number;
  readonly nowUs: () => number;
  /** Counts a request that was refused whole, by reason. */
  readonly onRefused: (reason: string) => void;
};

const unzip = promisify(gunzip);
const RETRY_AFTER_S = 1;

/** A request that is answered with an error of the protocol, and with nothing else done. */
class Refused extends Error {
  readonly status: number;
  readonly rpcCode: number;
  readonly reason: string;
  constructor(status: number, rpcCode: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.rpcCode = rpcCode;
    this.reason = reason;
  }
}

/** `POST /v1/traces` of OTLP/HTTP: check, append, and only when that is durable, answer. */
export function otlpHandler(
  intake: OtlpIntake,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let inFlightBytes = 0;
  return async (request, response) => {
    let encoding: Encoding = 'protobuf';
    let held = 0;
    try {
      encoding = encodingOf(request);
      const declared = Number(request.headers['content-length'] ?? 0);
      if (declared > intake.maxBodyBytes) throw tooLarge(intake);
      if (inFlightBytes + declared > intake.maxInFlightBytes) throw busy('too many bodies are being read');
      const compressed = await readBody(request, intake, (bytes) => {
        held += bytes;
        inFlightBytes += bytes;
        if (inFlightBytes > intake.maxInFlightBytes) throw busy('too many bodies are being read');
      });
      const body = await decompress(request, compressed, intake);
      const answer = await accept(body, encoding, intake);
      send(response, 200, CONTENT_TYPE[encoding], answer);
    } catch (error) {
      const refused = refusedOf(error);
      intake.onRefused(refused.reason);
      if (refused.status === 429 || refused.status === 503)
        response.setHeader('Retry-After', String(RETRY_AFTER_S));
      if (refused.status === 405) response.setHeader('Allow', 'POST');
      if (!request.complete) response.setHeader('Connection', 'close');
      send(
        response,
        refused.status,
        CONTENT_TYPE[encoding],
        encodeStatus(encoding, refused.rpcCode, refused.message),
      );
    } finally {
      inFlightBytes -= held;
    }
  };
}

function encodingOf(request: IncomingMessage): Encoding {
  if (request.method !== 'POST') {
    throw new Refused(
      405,
      RPC_CODE.unimplemented,
      'method',
      `${request.method} is not allowed here: use POST`,
    );
  }
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type === 'application/x-protobuf') return 'protobuf';
  if (type === 'application/json') return 'json';
  throw new Refused(
    415,
    RPC_CODE.invalidArgument,
    'content-type',
    `Content-Type '${type ?? ''}' is not supported: use application/x-protobuf or application/json`,
  );
}

function tooLarge(intake: OtlpIntake): Refused {
  return new Refused(
    413,
    RPC_CODE.invalidArgument,
    'too-large',
    `the body is larger than ${intake.maxBodyBytes} bytes after decompression: send smaller batches`,
  );
}

function busy(why: string): Refused {
  return new Refused(429, RPC_CODE.resourceExhausted, 'busy', `${why}: try again in ${RETRY_AFTER_S} s`);
}

async function readBody(
  request: IncomingMessage,
  intake: OtlpIntake,
  hold: (bytes: number) => void,
): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > intake.maxBodyBytes) throw tooLarge(intake);
    hold(chunk.length);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
}

async function decompress(
  request: IncomingMessage,
  body: Uint8Array,
  intake: OtlpIntake,
): Promise<Uint8Array> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return body;
  if (encoding !== 'gzip') {
    throw new Refused(
      415,
      RPC_CODE.invalidArgument,
      'content-encoding',
      `Content-Encoding '${encoding}' is not supported: use gzip or none`,
    );
  }
  try {
    return await unzip(body, { maxOutputLength: intake.maxBodyBytes });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(intake);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refused(400, RPC_CODE.invalidArgument, 'gzip', `the body is not gzip: ${reason}`);
  }
}

async function accept(body: Uint8Array, encoding: Encoding, intake: OtlpIntake): Promise<Uint8Array> {
  const receivedAtUs = intake.nowUs();
  const { spans, rejected, firstReason } = check(body, encoding, receivedAtUs);
  if (spans > 0) {
    const head = { wire: 'otlp', encoding, receivedAtUs, mode: 'live' } as const;
    await intake.append(encodeIntakeRecord(head, body));
  }
  const message =
    rejected === 0 ? '' : `${rejected} of ${spans} spans were refused; the first: ${firstReason}`;
  return encodeSuccess(encoding, rejected, message);
}

function check(body: Uint8Array, encoding: Encoding, receivedAtUs: number) {
  let rejected = 0;
  let firstReason = '';
  const read = encoding === 'json' ? readTraceRequestJson : readTraceRequest;
  try {
    const spans = read(body, (span) => {
      const reason = refusal(span, receivedAtUs);
      if (reason === undefined) return;
      if (rejected === 0) firstReason = reason;
      rejected++;
    });
    return { spans, rejected, firstReason };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refused(
      400,
      RPC_CODE.invalidArgument,
      'malformed',
      `the body is not an ExportTraceServiceRequest in ${encoding}: ${reason}`,
    );
  }
}

function refusedOf(error: unknown): Refused {
  if (error instanceof Refused) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'full') return busy('the intake queue is full');
  if (code === 'too-large') return new Refused(413, RPC_CODE.invalidArgument, 'too-large', String(error));
  const reason = error instanceof Error ? error.message : String(error);
  return new Refused(503, RPC_CODE.unavailable, 'unavailable', `not accepted: ${reason}`);
}

function send(response: ServerResponse, status: number, type: string, body: Uint8Array): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length });
  response.end(body);
}
