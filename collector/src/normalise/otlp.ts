import type { KeyReader } from '../config/flow.ts';
import type { AttributeValue, EventFlag, EventStatus, Normalised, NormalisedEvent } from '../event/event.ts';
import type { OtlpHead } from '../intake/record.ts';
import { readTraceRequestJson } from '../receive/otlp/json.ts';
import { readTraceRequestLines } from '../receive/otlp/json-lines.ts';
import { readTraceRequest } from '../receive/otlp/protobuf.ts';
import { type OtlpResource, type OtlpSpan, refusal, STATUS_CODE } from '../receive/otlp/span.ts';
import { boundAttributes, boundKey } from './bounds.ts';
import { messageOf } from './messaging.ts';
import { RefusedSpans } from './otlp-refused.ts';
import { addFlag, boundText, textOf } from './otlp-text.ts';
import { scopeOf } from './scope.ts';

const READERS = {
  protobuf: readTraceRequest,
  json: readTraceRequestJson,
  'json-lines': readTraceRequestLines,
} as const;

/**
 * Spans of an accepted OTLP request as events; the spans that the receiver refused, as dead letters. Pure. What the receiver
 * accepted never makes it throw.
 */
export function normaliseOtlp(
  head: OtlpHead,
  body: Uint8Array,
  keyReaders: readonly KeyReader[],
): Normalised {
  const events: NormalisedEvent[] = [];
  const refused = new RefusedSpans(head.receivedAtUs);
  const readers = keyReaders.filter((reader) => reader.source === 'otlp');
  const resources = new Map<OtlpResource, ResourceFacts>();
  const read = READERS[head.encoding];
  read(body, (span, resource, index) => {
    const reason = refusal(span, head.receivedAtUs);
    if (reason !== undefined) {
      refused.add(span, resource, reason, index);
      return;
    }
    let facts = resources.get(resource);
    if (facts === undefined) {
      facts = factsOf(resource);
      resources.set(resource, facts);
    }
    events.push(eventOf(span, facts, readers, head.receivedAtUs, index));
  });
  return { events, deadLetters: refused.deadLetters() };
}

type OtlpKeyReader = Extract<KeyReader, { source: 'otlp' }>;

type ResourceFacts = {
  readonly service: string;
  readonly scope: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
};

function factsOf(resource: OtlpResource): ResourceFacts {
  const attributes = resource.attributes;
  const environment = attributes['deployment.environment.name'] ?? attributes['deployment.environment'];
  return {
    service: textOf(attributes['service.name']) || 'unknown_service',
    scope: scopeOf(textOf(attributes['tenant.id']), textOf(environment)),
    attributes,
  };
}

function eventOf(
  span: OtlpSpan,
  resource: ResourceFacts,
  readers: readonly OtlpKeyReader[],
  receivedAtUs: number,
  index: number,
): NormalisedEvent {
  const bounded = boundAttributes(span.attributes);
  const flags: EventFlag[] = [...bounded.flags];
  const name = boundText(span.name, flags);
  const message = messageOf(span, name);
  const durationUs = span.end.us - span.start.us;
  if (durationUs < 0) addFlag(flags, 'end-before-start');
  return {
    id: `${span.traceId}:${span.spanId}`,
    scope: resource.scope,
    source: 'otlp',
    type: (message === undefined ? name : typeOf(span, message.destination)) || '(unnamed)',
    kind: message === undefined ? 'operation' : 'event',
    timeUs: span.start.us,
    timeNs: span.start.ns,
    durationUs: Math.max(0, durationUs),
    service: resource.service,
    peer: textOf(span.attributes['service.peer.name'] ?? span.attributes['peer.service']),
    status: statusOf(span.statusCode),
    error: errorOf(span, flags),
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
  return typeof declared === 'string' && declared !== '' ? textOf(declared) : destination;
}

function statusOf(code: number): EventStatus {
  if (code === STATUS_CODE.error) return 'error';
  return code === STATUS_CODE.ok ? 'ok' : 'unset';
}

function errorOf(span: OtlpSpan, flags: EventFlag[]): NormalisedEvent['error'] {
  if (span.statusCode !== STATUS_CODE.error) return undefined;
  return {
    type:
      span.exceptionType === ''
        ? textOf(span.attributes['error.type'])
        : boundText(span.exceptionType, flags),
    message: boundText(span.statusMessage || span.exceptionMessage, flags),
  };
}

const NO_KEYS: NormalisedEvent['keys'] = {};

/** The span's own attribute first, then its resource's. Names come from a person, so they may be those of built-in properties. */
function keysOf(
  span: OtlpSpan,
  resource: ResourceFacts,
  readers: readonly OtlpKeyReader[],
  flags: EventFlag[],
): NormalisedEvent['keys'] {
  let keys: Record<string, string[]> | undefined;
  for (const { keyType, attribute } of readers) {
    const value = ownOf(span.attributes, attribute) ?? ownOf(resource.attributes, attribute);
    if (value === undefined) continue;
    const text = String(value).trim();
    if (text === '') continue;
    const bounded = boundKey(text);
    if (bounded.cut) addFlag(flags, 'key-cut');
    keys ??= {};
    const values = ownOf(keys, keyType);
    if (values === undefined) keys[keyType] = [bounded.value];
    else if (!values.includes(bounded.value)) values.push(bounded.value);
  }
  return keys ?? NO_KEYS;
}

function ownOf<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
