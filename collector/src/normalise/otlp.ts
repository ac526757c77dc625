import type { KeyReader } from '../config/flow.ts';
import type { EventFlag, EventStatus, Normalised, NormalisedEvent } from '../event/event.ts';
import type { OtlpHead } from '../intake/record.ts';
import { readTraceRequestJson } from '../receive/otlp/json.ts';
import { readTraceRequestLines } from '../receive/otlp/json-lines.ts';
import { readTraceRequest } from '../receive/otlp/protobuf.ts';
import { type OtlpResource, type OtlpSpan, refusal, STATUS_CODE } from '../receive/otlp/span.ts';
import { boundAttributes } from './bounds.ts';
import { messageOf } from './messaging.ts';
import { RefusedOtlp } from './otlp-refused.ts';
import { factsOf, keysOf, type OtlpKeyReader, type ResourceFacts, readersOf } from './otlp-resource.ts';
import { addFlag, boundText, textOf } from './otlp-text.ts';

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
  const refused = new RefusedOtlp({ name: 'span', plural: 'spans' }, head.receivedAtUs);
  const readers = readersOf(keyReaders);
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
    keys: keysOf(span.attributes, resource, readers, flags),
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
