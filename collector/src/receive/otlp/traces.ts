import { encodeIntakeRecord } from '../../intake/record.ts';
import { malformed, type Refused, unsupported, wrongMethod } from '../http/refused.ts';
import { type Accepted, type HttpWire, mediaTypeOf, type WireHead, type WireRequest } from '../http/wire.ts';
import { CONTENT_TYPE, type Encoding, encodeStatus, encodeSuccess, rpcCodeOf } from './answer.ts';
import { readTraceRequestJson } from './json.ts';
import { readTraceRequest } from './protobuf.ts';
import { refusal } from './span.ts';

/** `POST /v1/traces` of OTLP/HTTP, in protobuf and JSON. */
export const otlpTraces: HttpWire = {
  name: 'otlp',
  path: '/v1/traces',
  check(head) {
    if (head.method !== 'POST') throw wrongMethod(head.method);
    encodingOf(head);
  },
  accept: (request) => acceptTraces(request, encodingOf(request)),
  /** A status in the encoding of the request; in JSON, which people can read, where it has none of the two. */
  refusal(head: WireHead, refused: Refused) {
    const encoding: Encoding = mediaTypeOf(head) === CONTENT_TYPE.protobuf ? 'protobuf' : 'json';
    const body = encodeStatus(encoding, rpcCodeOf(refused.status), refused.message);
    return { contentType: CONTENT_TYPE[encoding], body };
  },
};

function encodingOf(head: WireHead): Encoding {
  const type = mediaTypeOf(head);
  if (type === CONTENT_TYPE.protobuf) return 'protobuf';
  if (type === CONTENT_TYPE.json) return 'json';
  throw unsupported('Content-Type', type, `${CONTENT_TYPE.protobuf}, ${CONTENT_TYPE.json}`);
}

function acceptTraces({ body, receivedAtUs }: WireRequest, encoding: Encoding): Accepted {
  const { spans, rejected, firstReason } = check(body, encoding, receivedAtUs);
  const message =
    rejected === 0 ? '' : `${rejected} of ${spans} spans were refused; the first: ${firstReason}`;
  const head = { wire: 'otlp', encoding, receivedAtUs, mode: 'live' } as const;
  return {
    record: spans > 0 ? encodeIntakeRecord(head, body) : undefined,
    answer: {
      status: 200,
      headers: { 'Content-Type': CONTENT_TYPE[encoding] },
      body: encodeSuccess(encoding, rejected, message),
    },
  };
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
