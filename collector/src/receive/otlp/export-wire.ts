import { encodeIntakeRecord } from '../../intake/record.ts';
import { malformed, type Refused, unsupported, wrongMethod } from '../http/refused.ts';
import { type Accepted, type HttpWire, mediaTypeOf, type WireHead, type WireRequest } from '../http/wire.ts';
import { CONTENT_TYPE, type Encoding, encodeStatus, encodeSuccess, rpcCodeOf } from './answer.ts';

/** What is different from one signal of OTLP (spans, log records) to the other. */
export type Signal = {
  /** Of the wire and of its intake records. */
  readonly wire: 'otlp' | 'otlp-logs';
  readonly path: string;
  /** The message that a request is, as it is called in an answer. */
  readonly request: string;
  /** The items of a request, in the plural. */
  readonly items: string;
  /** Name of the count in a partial success in JSON. */
  readonly rejectedField: string;
  /** Reads a request whole. @throws when it is not one. */
  check(body: Uint8Array, encoding: Encoding, receivedAtUs: number): Checked;
};

export type Checked = {
  readonly items: number;
  /** Of them, those that can be no event under any configuration. A request of nothing else is not stored. */
  readonly ignored: number;
  readonly rejected: number;
  /** Why the first of the rejected ones was; empty when none was. */
  readonly firstReason: string;
};

/** `POST /v1/SIGNAL` of OTLP/HTTP, in protobuf and JSON. */
export function exportWire(signal: Signal): HttpWire {
  return {
    name: signal.wire,
    path: signal.path,
    check(head) {
      if (head.method !== 'POST') throw wrongMethod(head.method);
      encodingOf(head);
    },
    accept: (request) => accept(signal, request, encodingOf(request)),
    /** A status in the encoding of the request; in JSON, which people can read, where it has none of the two. */
    refusal(head: WireHead, refused: Refused) {
      const encoding: Encoding = mediaTypeOf(head) === CONTENT_TYPE.protobuf ? 'protobuf' : 'json';
      const body = encodeStatus(encoding, rpcCodeOf(refused.status), refused.message);
      return { contentType: CONTENT_TYPE[encoding], body };
    },
  };
}

function encodingOf(head: WireHead): Encoding {
  const type = mediaTypeOf(head);
  if (type === CONTENT_TYPE.protobuf) return 'protobuf';
  if (type === CONTENT_TYPE.json) return 'json';
  throw unsupported('Content-Type', type, `${CONTENT_TYPE.protobuf}, ${CONTENT_TYPE.json}`);
}

function accept(signal: Signal, { body, receivedAtUs }: WireRequest, encoding: Encoding): Accepted {
  const { items, ignored, rejected, firstReason } = checked(signal, body, encoding, receivedAtUs);
  const message =
    rejected === 0 ? '' : `${rejected} of ${items} ${signal.items} were refused; the first: ${firstReason}`;
  const stored = items > ignored;
  const head = { wire: signal.wire, encoding, receivedAtUs, mode: 'live' } as const;
  return {
    record: stored ? encodeIntakeRecord(head, body) : undefined,
    answer: {
      status: 200,
      headers: { 'Content-Type': CONTENT_TYPE[encoding] },
      body: encodeSuccess(encoding, signal.rejectedField, rejected, message),
      // Those of a stored request are counted by who reads it.
      ...(!stored && ignored > 0 && { ignored }),
    },
  };
}

function checked(signal: Signal, body: Uint8Array, encoding: Encoding, receivedAtUs: number): Checked {
  try {
    return signal.check(body, encoding, receivedAtUs);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw malformed('malformed', `the body is not an ${signal.request} in ${encoding}: ${reason}`);
  }
}
