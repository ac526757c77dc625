import { createHash } from 'node:crypto';
import type { KeyReader } from '../config/flow.ts';
import type { AttributeValue, EventFlag, Normalised, NormalisedEvent } from '../event/event.ts';
import type { OtlpLogsHead } from '../intake/record.ts';
import { readLogsRequestLines } from '../receive/otlp/json-lines.ts';
import {
  isTraced,
  logRefusal,
  type OtlpLogRecord,
  SEVERITY_ERROR,
  spanIdOf,
  timeOf,
} from '../receive/otlp/log-record.ts';
import { readLogsRequestJson } from '../receive/otlp/logs-json.ts';
import { readLogsRequest } from '../receive/otlp/logs-protobuf.ts';
import type { OtlpResource } from '../receive/otlp/span.ts';
import { boundAttributes, cutText } from './bounds.ts';
import { RefusedOtlp } from './otlp-refused.ts';
import { factsOf, keysOf, type ResourceFacts, readersOf } from './otlp-resource.ts';
import { boundText, textOf } from './otlp-text.ts';

/** Characters of the first line of a body that name an event which has no other name. */
const LINE_LENGTH_MAX = 128;
/** Hexadecimal digits, as many as a span id has. */
const DIGEST_LENGTH = 16;

const READERS = {
  protobuf: readLogsRequest,
  json: readLogsRequestJson,
  'json-lines': readLogsRequestLines,
} as const;

/**
 * Log records of an accepted OTLP request as events: those that belong to a trace and in which a rule of the configuration finds a
 * business key. The others are counted as ignored. Pure.
 */
export function normaliseOtlpLogs(
  head: OtlpLogsHead,
  body: Uint8Array,
  keyReaders: readonly KeyReader[],
): Normalised {
  const events: NormalisedEvent[] = [];
  const refused = new RefusedOtlp({ name: 'logRecord', plural: 'log records' }, head.receivedAtUs);
  const readers = readersOf(keyReaders);
  const resources = new Map<OtlpResource, ResourceFacts>();
  let ignored = 0;
  const read = READERS[head.encoding];
  read(body, (record, resource, index) => {
    if (!isTraced(record)) {
      ignored++;
      return;
    }
    const reason = logRefusal(record, head.receivedAtUs);
    if (reason !== undefined) {
      refused.add(record, resource, reason, index);
      return;
    }
    let facts = resources.get(resource);
    if (facts === undefined) {
      facts = factsOf(resource);
      resources.set(resource, facts);
    }
    const flags: EventFlag[] = [];
    const keys = keysOf(record.attributes, facts, readers, flags);
    if (Object.keys(keys).length === 0) ignored++;
    else
      events.push(eventOf(record, facts, { keys, flags, sequence: index, receivedAtUs: head.receivedAtUs }));
  });
  return { events, deadLetters: refused.deadLetters(), ignored };
}

type Found = Pick<NormalisedEvent, 'keys' | 'sequence' | 'receivedAtUs'> & { readonly flags: EventFlag[] };

/**
 * A log record has no id of its own. It gets one in the place of a span's, from what it says and when, so that the same record sent
 * again is the same event; the span that wrote it is its parent.
 */
function eventOf(record: OtlpLogRecord, resource: ResourceFacts, found: Found): NormalisedEvent {
  const { flags } = found;
  const time = timeOf(record);
  const spanId = digestOf(record);
  const bounded = boundAttributes(withBody(record));
  flags.push(...bounded.flags);
  const isError = record.severityNumber >= SEVERITY_ERROR;
  return {
    id: `${record.traceId}:${spanId}`,
    scope: resource.scope,
    source: 'otlp',
    type: typeOf(record, flags),
    kind: 'event',
    timeUs: time.us,
    timeNs: time.ns,
    durationUs: 0,
    service: resource.service,
    peer: '',
    status: isError ? 'error' : 'unset',
    error: isError ? errorOf(record, flags) : undefined,
    trace: { traceId: record.traceId, spanId, parentSpanId: spanIdOf(record), links: [] },
    message: undefined,
    keys: found.keys,
    attributes: bounded.attributes,
    sequence: found.sequence,
    receivedAtUs: found.receivedAtUs,
    flags,
    declaredFlow: '',
  };
}

/** Of everything that is read of the record but where it was observed, which whoever passes it on may set. */
function digestOf(record: OtlpLogRecord): string {
  const { spanId, severityNumber, eventName, body, attributes } = record;
  const { us, ns } = timeOf(record);
  const content = JSON.stringify([spanId, us, ns, severityNumber, eventName, body ?? null, attributes]);
  return createHash('sha256').update(content).digest('hex').slice(0, DIGEST_LENGTH);
}

/** The event's name in its field (logs data model, "Event Name") or the attribute that was used before, else what the log line says. */
function typeOf(record: OtlpLogRecord, flags: EventFlag[]): string {
  const name = record.eventName || textOf(record.attributes['event.name']);
  if (name !== '') return boundText(name, flags);
  const line =
    String(record.body ?? '')
      .trimStart()
      .split(/[\r\n]/, 1)[0] ?? '';
  return cutText(line.trimEnd(), LINE_LENGTH_MAX) || '(unnamed)';
}

/** The attributes, and the body among them where it says more than the event's name does. */
function withBody({ body, attributes }: OtlpLogRecord): Readonly<Record<string, AttributeValue>> {
  return body === undefined ? attributes : { ...attributes, 'log.body': body };
}

/** What an exception says of itself (semantic conventions, "Exceptions in logs"), else the log line. */
function errorOf({ attributes, body }: OtlpLogRecord, flags: EventFlag[]): NormalisedEvent['error'] {
  const type = attributes['exception.type'] ?? attributes['error.type'];
  const message = attributes['exception.message'] ?? body;
  return {
    type: boundText(String(type ?? ''), flags),
    message: boundText(String(message ?? ''), flags),
  };
}
