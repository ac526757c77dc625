import { Writer } from 'protobufjs/minimal.js';

/** What OTLP/HTTP answers (OTLP specification 1.x, "OTLP/HTTP Response"), in the encoding of the request. */
export type Encoding = 'protobuf' | 'json';

export const CONTENT_TYPE: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/**
 * An ExportTraceServiceResponse or its like of another signal: empty when all was accepted, else a partial success. Only their JSON
 * has a name for the count.
 */
export function encodeSuccess(
  encoding: Encoding,
  rejectedField: string,
  rejected: number,
  errorMessage: string,
): Uint8Array {
  if (encoding === 'json') {
    const answer =
      rejected === 0 ? {} : { partialSuccess: { [rejectedField]: String(rejected), errorMessage } };
    return Buffer.from(JSON.stringify(answer));
  }
  const writer = Writer.create();
  if (rejected > 0) {
    writer.uint32((1 << 3) | 2).fork();
    writer.uint32(1 << 3).int64(rejected);
    writer.uint32((2 << 3) | 2).string(errorMessage);
    writer.ldelim();
  }
  return writer.finish();
}

/** A google.rpc.Status, as the specification asks for every failed request. */
export function encodeStatus(encoding: Encoding, code: number, message: string): Uint8Array {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message }));
  return Writer.create()
    .uint32(1 << 3)
    .int32(code)
    .uint32((2 << 3) | 2)
    .string(message)
    .finish();
}

/** google.rpc.Code of an HTTP status, as "OTLP/HTTP Response" and the mapping of gRPC have it. */
export function rpcCodeOf(status: number): number {
  return RPC_CODES[status] ?? RPC_CODE.unavailable;
}

const RPC_CODE = {
  invalidArgument: 3,
  notFound: 5,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
} as const;

const RPC_CODES: Readonly<Record<number, number>> = {
  400: RPC_CODE.invalidArgument,
  404: RPC_CODE.notFound,
  405: RPC_CODE.unimplemented,
  413: RPC_CODE.invalidArgument,
  415: RPC_CODE.invalidArgument,
  429: RPC_CODE.resourceExhausted,
};
