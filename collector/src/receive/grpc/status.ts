import { Writer } from 'protobufjs/minimal.js';
import type { Refused } from '../http/refused.ts';

/** The codes of gRPC that are answered here (google.rpc.Code). */
export const GRPC_CODE = {
  ok: 0,
  invalidArgument: 3,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
} as const;

/**
 * By the status over HTTP. A message that is too large is RESOURCE_EXHAUSTED, as gRPC's own servers say it; without a RetryInfo an
 * OTLP sender does not try it again (OTLP specification 1.x, "Failures").
 */
const CODES: Readonly<Record<number, number>> = {
  400: GRPC_CODE.invalidArgument,
  404: GRPC_CODE.unimplemented,
  413: GRPC_CODE.resourceExhausted,
  415: GRPC_CODE.unimplemented,
  429: GRPC_CODE.resourceExhausted,
  501: GRPC_CODE.unimplemented,
};

/** Both copies of it travel in a header block, of which clients take 8 KiB. */
const MESSAGE_LENGTH_MAX = 1024;

export type GrpcTrailers = Readonly<Record<string, string>>;

/** A refusal as the trailers of a call; one that can be tried again says when, in a google.rpc.RetryInfo. */
export function trailersOf(refused: Refused): GrpcTrailers {
  const code = CODES[refused.status] ?? GRPC_CODE.unavailable;
  const message = refused.message.slice(0, MESSAGE_LENGTH_MAX).toWellFormed();
  const retryAfterS = refused.headers['Retry-After'];
  const trailers = { 'grpc-status': String(code), 'grpc-message': encodeURI(message) };
  if (retryAfterS === undefined) return trailers;
  const details = encodeStatus(code, message, Number(retryAfterS));
  return { ...trailers, 'grpc-status-details-bin': Buffer.from(details).toString('base64') };
}

const bytes = (field: number): number => (field << 3) | 2;
const varint = (field: number): number => field << 3;

/** A google.rpc.Status with a google.rpc.RetryInfo among its details. */
function encodeStatus(code: number, message: string, retryDelayS: number): Uint8Array {
  const duration = Writer.create().uint32(varint(1)).int64(retryDelayS).finish();
  const retryInfo = Writer.create().uint32(bytes(1)).bytes(duration).finish();
  return Writer.create()
    .uint32(varint(1))
    .int32(code)
    .uint32(bytes(2))
    .string(message)
    .uint32(bytes(3))
    .fork()
    .uint32(bytes(1))
    .string('type.googleapis.com/google.rpc.RetryInfo')
    .uint32(bytes(2))
    .bytes(retryInfo)
    .ldelim()
    .finish();
}
