import type { IncomingMessage, ServerResponse } from 'node:http';
import { encodeIntakeRecord } from '../../intake/record.ts';
import { CONTENT_TYPE, type Encoding, encodeStatus, encodeSuccess } from './answer.ts';
import { decompress, type Hold, readBody } from './body.ts';
import { readTraceRequestJson } from './json.ts';
import { readTraceRequest } from './protobuf.ts';
import { busy, malformed, type Refused, refusedOf, tooLarge, unsupported, wrongMethod } from './refused.ts';
import { refusal } from './span.ts';

export type OtlpIntake = {
  /** Durable append; rejects with a `code` of `full`, `failed`, `closed` or `too-large`. */
  append(record: Uint8Array): Promise<unknown>;
  /** Bytes after decompression; the compressed body is held to it too. */
  readonly maxBodyBytes: number;
  /** Bodies that may be in memory at once, in bytes; beyond it senders are told to wait. */
  readonly maxInFlightBytes: number;
  readonly nowUs: () => number;
  /** Counts a request that was refused whole, by reason; `aborted` when its sender left before it was whole. */
  readonly onRefused: (reason: string) => void;
};

/** `POST /v1/traces` of OTLP/HTTP: check, append, and only when that is durable, answer. */
export function otlpHandler(
  intake: OtlpIntake,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let inFlightBytes = 0;
  return async (request, response) => {
    let held = 0;
    const hold = (bytes: number): void => {
      if (inFlightBytes + bytes > intake.maxInFlightBytes) throw busy('too many bodies are being read');
      held += bytes;
      inFlightBytes += bytes;
    };
    try {
      const encoding = encodingOf(request);
      const answer = await accept(await bodyOf(request, intake, hold), encoding, intake);
      send(response, 200, CONTENT_TYPE[encoding], answer);
    } catch (error) {
      if (request.destroyed && !request.complete) intake.onRefused('aborted');
      else refuse(request, response, refusedOf(error), intake);
    } finally {
      inFlightBytes -= held;
    }
  };
}

function contentTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function encodingOf(request: IncomingMessage): Encoding {
  if (request.method !== 'POST') throw wrongMethod(request.method ?? '');
  const type = contentTypeOf(request);
  if (type === CONTENT_TYPE.protobuf) return 'protobuf';
  if (type === CONTENT_TYPE.json) return 'json';
  throw unsupported('Content-Type', type, `${CONTENT_TYPE.protobuf} or ${CONTENT_TYPE.json}`);
}

async function bodyOf(request: IncomingMessage, intake: OtlpIntake, hold: Hold): Promise<Uint8Array> {
  const { maxBodyBytes } = intake;
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge(maxBodyBytes);
  const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase();
  const body = await readBody(request, maxBodyBytes, hold);
  return await decompress(body, encoding, maxBodyBytes, hold);
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
    throw malformed('malformed', `the body is not an ExportTraceServiceRequest in ${encoding}: ${reason}`);
  }
}

/** A status in the encoding of the request; in JSON, which people can read, where it has none of the two. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  refused: Refused,
  intake: OtlpIntake,
): void {
  intake.onRefused(refused.reason);
  if (response.headersSent || response.destroyed) return;
  for (const [name, value] of Object.entries(refused.headers)) response.setHeader(name, value);
  const encoding: Encoding = contentTypeOf(request) === CONTENT_TYPE.protobuf ? 'protobuf' : 'json';
  const body = encodeStatus(encoding, refused.rpcCode, refused.message);
  const declared = Number(request.headers['content-length'] ?? Number.NaN);
  if (request.complete || declared <= intake.maxBodyBytes) {
    // What is left of a body of bounded length is read over, and the connection serves the next request.
    request.resume();
    send(response, refused.status, CONTENT_TYPE[encoding], body);
  } else answerEarly(request, response, refused.status, CONTENT_TYPE[encoding], body, intake.maxBodyBytes);
}

function send(response: ServerResponse, status: number, type: string, body: Uint8Array): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length });
  response.end(body);
}

const DRAIN_FACTOR = 4;
const DRAIN_MS = 5_000;

/**
 * Answers while the sender is still sending what may never end, and tells it to stop. Closing right away would reset the
 * connection, and most clients then lose the answer (RFC 9112, 9.6), so what still comes is thrown away for a while first: up to
 * a few bodies, up to some seconds.
 */
function answerEarly(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  body: Uint8Array,
  maxBodyBytes: number,
): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length, Connection: 'close' });
  response.write(body);
  let restBytes = maxBodyBytes * DRAIN_FACTOR;
  const timer = setTimeout(close, DRAIN_MS).unref();
  function close(): void {
    clearTimeout(timer);
    response.end();
  }
  request.on('data', (chunk: Buffer) => {
    restBytes -= chunk.length;
    if (restBytes < 0) close();
  });
  request.once('end', close);
  request.once('close', close);
  request.resume();
}
