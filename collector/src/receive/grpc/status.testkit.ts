import protobuf from 'protobufjs';

/** A second implementation: google/rpc/status.proto and error_details.proto, as far as they are used. */
const { root } = protobuf.parse(`
syntax = "proto3";
message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
message Any { string type_url = 1; bytes value = 2; }
message RetryInfo { Duration retry_delay = 1; }
message Duration { int64 seconds = 1; int32 nanos = 2; }
`);

/** What `grpc-status-details-bin` says: the status again, and the delay of its RetryInfo. */
export function decodeStatusDetails(bytes: Uint8Array): {
  readonly code: number;
  readonly message: string;
  readonly retryDelayS: number;
} {
  const statusType = root.lookupType('Status');
  const found = statusType.toObject(statusType.decode(bytes)) as {
    code: number;
    message: string;
    details: { typeUrl: string; value: Uint8Array }[];
  };
  const [detail] = found.details;
  if (detail?.typeUrl !== 'type.googleapis.com/google.rpc.RetryInfo')
    throw new Error('there is no RetryInfo');
  const retryType = root.lookupType('RetryInfo');
  const retry = retryType.toObject(retryType.decode(detail.value), { longs: Number }) as {
    retryDelay: { seconds: number };
  };
  return { code: found.code, message: found.message, retryDelayS: retry.retryDelay.seconds };
}
