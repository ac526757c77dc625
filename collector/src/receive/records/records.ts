import { encodeIntakeRecord } from '../../intake/record.ts';
import { malformed, unsupported, wrongMethod } from '../http/refused.ts';
import { type Accepted, type HttpWire, mediaTypeOf, type WireRequest } from '../http/wire.ts';
import { checkRecords } from './check.ts';
import { senderOf } from './sender.ts';

const PROBLEM_TYPE = 'application/problem+json';
const TYPES = ['application/x-ndjson', 'application/jsonl', 'application/json', 'text/plain', ''];
const REJECTED_MAX = 1000;

/** `POST /api/v1/records`: exporter records of Zeebe and of our own engine, a line of JSON each. */
export const engineRecords: HttpWire = {
  name: 'records',
  path: '/api/v1/records',
  check(head) {
    if (head.method !== 'POST') throw wrongMethod(head.method);
    const type = mediaTypeOf(head);
    if (!TYPES.includes(type)) throw unsupported('Content-Type', type, 'application/x-ndjson');
    senderOf(head);
  },
  accept: acceptRecords,
  /** As RFC 9457 says, like all of the API. */
  refusal(_head, { status, message }) {
    const title = status >= 500 || status === 429 ? 'Try again later' : 'Not accepted';
    const body = JSON.stringify({ type: 'about:blank', title, status, detail: message });
    return { contentType: PROBLEM_TYPE, body };
  },
};

function acceptRecords(request: WireRequest): Accepted {
  const { records, accepted, duplicates, ignored } = checkRecords(request.body, 'json-lines');
  const [first] = records;
  if (first === undefined) throw malformed('empty', 'the body holds no record: send a line of JSON for each');
  if (records.every(({ reason }) => reason !== ''))
    throw malformed('malformed', `not one line is a record; the first: ${first.reason}`);
  const rejected = records.flatMap(({ reason }, index) => (reason === '' ? [] : [{ index, reason }]));
  const { body, receivedAtUs } = request;
  const head = {
    wire: 'records',
    encoding: 'json-lines',
    receivedAtUs,
    mode: 'live',
    ...senderOf(request),
  } as const;
  return {
    record: encodeIntakeRecord(head, body),
    answer: {
      status: 202,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        accepted,
        duplicates,
        ignored,
        rejected: rejected.slice(0, REJECTED_MAX),
        ...(rejected.length > REJECTED_MAX && { rejectedTotal: rejected.length }),
      }),
    },
  };
}
