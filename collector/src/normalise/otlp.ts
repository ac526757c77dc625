import { createHash } from 'node:crypto';
import type { KeyReader } from '../config/flow.ts';
import type {
  AttributeValue,
  DeadLetter,
  EventFlag,
  EventStatus,
  Normalised,
  NormalisedEvent,
} from '../event/event.ts';
import type { OtlpHead } from '../intake/record.ts';
import { readTraceRequestJson } from '../receive/otlp/json.ts';
import { readTraceRequest } from '../receive/otlp/protobuf.ts';
import { type OtlpResource, type OtlpSpan, refusal, STATUS_CODE } from '../receive/otlp/span.ts';
import { boundAttributes, boundKey } from './bounds.ts';
import { messageOf } from './messaging.ts';

/** Spans of an accepted OTLP request as events; the spans that the receiver refused, as dead letters. Pure. */
export function normaliseOtlp(
  head: OtlpHead,
  body: Uint8Array,
  keyReaders: readonly KeyReader[],
): Normalised {
  const events: NormalisedEvent[] = [];
  const deadLetters: DeadLetter[] = [];
  const readers = keyReaders.filter((reader) => reader.source === 'otlp');
  const resources = new Map<OtlpResource, ResourceFacts>();
  const read = head.encoding === 'json' ? readTraceRequestJson : readTraceRequest;
  read(body, (span, resource, index) => {
    const reason = refusal(span, head.receivedAtUs);
    if (reason !== undefined) {
      deadLetters.push(deadLetterOf(span, resource, reason, head, index));
      return;
    }
    let facts = resources.get(resource);
    if (facts === undefined) {
      facts = factsOf(resource);
      resources.set(resource, facts);
    }
    events.push(eventOf(span, facts, readers, head.receivedAtUs, index));
  });
  return { events, deadLetters };
}

type ResourceFacts = {
  readonly service: string;
  readonly scope: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
};

function factsOf(resource: OtlpResource): ResourceFacts {
  const attributes = resource.attributes;
  const tenant = attributes['tenant.id'] ?? 'default';
  const environment =
    attributes['deployment.environment.name'] ?? attributes['deployment.environment'] ?? 'default';
  return {
    service: String(attributes['service.name'] ?? 'unknown_service'),
    scope: `${tenant}/${environment}`,
    attributes,
  };
}

function eventOf(
  span: OtlpSpan,
  resource: ResourceFacts,
  readers: readonly KeyReader[],
  receivedAtUs: number,
  index: number,
): NormalisedEvent {
  const message = messageOf(span);
  const flags: EventFlag[] = [];
  const bounded = boundAttributes(span.attributes);
  flags.push(...bounded.flags);
  const durationUs = span.end.us - span.start.us;
  if (durationUs < 0) flags.push('end-before-start');
  return {
    id: `${span.traceId}:${span.spanId}`,
    scope: resource.scope,
    source: 'otlp',
    type: message === undefined ? span.name : typeOf(span, message.destination),
    kind: message === undefined ? 'operation' : 'event',
    timeUs: span.start.us,
    timeNs: span.start.ns,
    durationUs: Math.max(0, durationUs),
    service: resource.service,
    peer: String(span.attributes['service.peer.name'] ?? span.attributes['peer.service'] ?? ''),
    status: statusOf(span.statusCode),
    error: errorOf(span),
    trace: {
      traceId: span.traceId,
      spanId: span.spanId,
      parentSpanId: span.parentSpanId === '0000000000000000' ? '' : span.parentSpanId,
      links: span.links,
    },
    message,
    keys: keysOf(span, resource, readers, flags),
    attributes: bounded.attributes,
    sequence: index,
    receivedAtUs,
    flags,
    declaredFlow: '',
  };
}

/** A message's type is what it says it is, else where it was sent. */
function typeOf(span: OtlpSpan, destination: string): string {
  const declared = span.attributes['cloudevents.event_type'];
  return typeof declared === 'string' && declared !== '' ? declared : destination;
}

function statusOf(code: number): EventStatus {
  if (code === STATUS_CODE.error) return 'error';
  return code === STATUS_CODE.ok ? 'ok' : 'unset';
}

function errorOf(span: OtlpSpan): NormalisedEvent['error'] {
  if (span.statusCode !== STATUS_CODE.error) return undefined;
  const type = span.exceptionType || String(span.attributes['error.type'] ?? '');
  return { type, message: span.statusMessage || span.exceptionMessage };
}

const NO_KEYS: NormalisedEvent['keys'] = {};

function keysOf(
  span: OtlpSpan,
  resource: ResourceFacts,
  readers: readonly KeyReader[],
  flags: EventFlag[],
): NormalisedEvent['keys'] {
  let keys: Record<string, string[]> | undefined;
  for (const reader of readers) {
    const value = span.attributes[reader.attribute] ?? resource.attributes[reader.attribute];
    if (value === undefined) continue;
    const text = String(value).trim();
    if (text === '') continue;
    const bounded = boundKey(text);
    if (bounded.cut) flags.push('key-cut');
    keys ??= {};
    const values = keys[reader.keyType];
    if (values === undefined) keys[reader.keyType] = [bounded.value];
    else if (!values.includes(bounded.value)) values.push(bounded.value);
  }
  return keys ?? NO_KEYS;
}

const MAX_CONTENT = 16 * 1024;

function deadLetterOf(
  span: OtlpSpan,
  resource: OtlpResource,
  reason: string,
  head: OtlpHead,
  index: number,
): DeadLetter {
  const content = JSON.stringify({ resource: resource.attributes, span });
  const digest = createHash('sha256').update(`${head.receivedAtUs}:${index}:${content}`).digest('hex');
  return {
    id: `otlp:${digest.slice(0, 32)}`,
    source: 'otlp',
    receivedAtUs: head.receivedAtUs,
    reason,
    content: content.slice(0, MAX_CONTENT),
  };
}
