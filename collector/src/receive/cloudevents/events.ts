import { type CloudEventsHead, encodeIntakeRecord } from '../../intake/record.ts';
import { Refused, unsupported, wrongMethod } from '../http/refused.ts';
import { type Accepted, type HttpWire, mediaTypeOf, type WireHead, type WireRequest } from '../http/wire.ts';
import { CloudEventFault } from './cloud-event.ts';
import { attributesOfHeaders } from './headers.ts';
import { cloudEventIdentity } from './identity.ts';
import { readCloudEvents } from './read.ts';

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const JSON_TYPE = 'application/json';
const METHODS = 'POST, OPTIONS';
const OPEN_BRACKET = 0x5b;
const REJECTED_MAX = 1000;

/** One event of a batch that was not accepted; `id` is null where it has none. */
type Rejected = { readonly index: number; readonly id: string | null; readonly reason: string };

/** `POST /api/v1/events`: CloudEvents 1.0 over HTTP in structured, batch and binary mode. */
export const cloudEvents: HttpWire = {
  name: 'cloudevents',
  path: '/api/v1/events',
  check(head) {
    if (head.method === 'OPTIONS') return;
    if (head.method !== 'POST') throw wrongMethod(head.method, METHODS);
    if (isBinary(head)) return;
    const type = mediaTypeOf(head);
    const charset = /;\s*charset="?([^";]+)/i.exec(head.headers['content-type'] ?? '')?.[1]?.trim();
    if (
      ![STRUCTURED, BATCH, JSON_TYPE, 'application/cloudevents', 'application/cloudevents-batch'].includes(
        type,
      )
    ) {
      throw unsupported('Content-Type', type, `${STRUCTURED}, ${BATCH}, any type with ce- headers`);
    }
    if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
      throw unsupported('charset', charset, 'utf-8');
    }
  },
  accept: (request) => (request.method === 'OPTIONS' ? permission(request) : acceptEvents(request)),
  refusal(_head, refused) {
    const { status, message } = refused;
    const title = status === 400 ? 'Not a CloudEvent' : status < 500 ? 'Not accepted' : 'Not accepted now';
    const field = refused instanceof NotAnEvent ? { field: refused.field } : {};
    return {
      contentType: 'application/problem+json',
      body: JSON.stringify({ type: 'about:blank', title, status, detail: message, ...field }),
    };
  },
};

class NotAnEvent extends Refused {
  readonly field: string;
  constructor(fault: CloudEventFault, where = '') {
    super(400, 'malformed', `${where}${fault.message}`);
    this.field = fault.field;
  }
}

/** The handshake of senders that ask before they deliver (CloudEvents web hooks 1.0.2, 4): everyone may, at any rate. */
function permission(head: WireHead): Accepted {
  const origin = head.headers['webhook-request-origin'];
  const granted = origin === undefined ? {} : { 'WebHook-Allowed-Origin': '*', 'WebHook-Allowed-Rate': '*' };
  return { record: undefined, answer: { status: 200, headers: { Allow: METHODS, ...granted }, body: '' } };
}

function isBinary(head: WireHead): boolean {
  return !mediaTypeOf(head).startsWith('application/cloudevents') && hasAttributes(head);
}

function hasAttributes({ headers }: WireHead): boolean {
  for (const name in headers) if (name.startsWith('ce-')) return true;
  return false;
}

function acceptEvents(request: WireRequest): Accepted {
  try {
    return answer(request, headOf(request));
  } catch (error) {
    throw error instanceof CloudEventFault ? new NotAnEvent(error) : error;
  }
}

function headOf(request: WireRequest): CloudEventsHead {
  const base = { wire: 'cloudevents', receivedAtUs: request.receivedAtUs, mode: 'live' } as const;
  if (isBinary(request)) {
    return { ...base, encoding: 'binary', attributes: attributesOfHeaders(request.headers) };
  }
  const type = mediaTypeOf(request);
  const isBatch =
    type === JSON_TYPE
      ? firstByte(request.body) === OPEN_BRACKET
      : type.startsWith('application/cloudevents-batch');
  return { ...base, encoding: isBatch ? 'batch' : 'structured' };
}

/** Behind white space and a byte order mark. */
function firstByte(body: Uint8Array): number | undefined {
  return body.find((byte) => byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf);
}

function answer({ body }: WireRequest, head: CloudEventsHead): Accepted {
  const identities = new Set<string>();
  const rejected: Rejected[] = [];
  let events = 0;
  let refused = 0;
  let first: NotAnEvent | undefined;
  readCloudEvents(head, body, {
    event(event) {
      events++;
      identities.add(cloudEventIdentity(event));
    },
    refused(fault, index, content) {
      refused++;
      first ??= new NotAnEvent(fault, head.encoding === 'batch' ? `event ${index}: ` : '');
      if (rejected.length < REJECTED_MAX) rejected.push({ index, id: idOf(content), reason: fault.message });
    },
  });
  if (events === 0 && first !== undefined) throw first;
  const counts = {
    accepted: identities.size,
    duplicates: events - identities.size,
    rejected,
    ...(refused > rejected.length && { moreRejected: refused - rejected.length }),
  };
  return {
    record: events > 0 ? encodeIntakeRecord(head, body) : undefined,
    answer: {
      status: 202,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(counts),
    },
  };
}

function idOf(content: unknown): string | null {
  const id = typeof content === 'object' && content !== null && 'id' in content ? content.id : undefined;
  return typeof id === 'string' ? id.slice(0, 200) : null;
}
