import { createHash } from 'node:crypto';
import type { KeyReader } from '../config/flow.ts';
import { valuesAt } from '../config/path.ts';
import type { AttributeValue, EventFlag, Normalised, NormalisedEvent, TraceContext } from '../event/event.ts';
import type { CloudEventsHead } from '../intake/record.ts';
import type { CloudEvent } from '../receive/cloudevents/cloud-event.ts';
import { cloudEventIdentity } from '../receive/cloudevents/identity.ts';
import { readCloudEvents } from '../receive/cloudevents/read.ts';
import { parseExactJson } from '../receive/exact-json.ts';
import { boundAttributes, boundKey } from './bounds.ts';
import { serviceOfSource } from './cloudevents-service.ts';
import { flatten, jsonText } from './flatten.ts';
import { addFlag, boundText } from './otlp-text.ts';
import { RefusedItems } from './refused-items.ts';
import { scopeOf } from './scope.ts';
import { parseTraceparent } from './traceparent.ts';

export type CloudEventKeyReader = Extract<KeyReader, { source: 'cloudevents' }>;

/** The events of an accepted request; those that were refused, as dead letters. Pure. What the receiver accepted never makes it throw. */
export function normaliseCloudEvents(
  head: CloudEventsHead,
  body: Uint8Array,
  keyReaders: readonly KeyReader[],
): Normalised {
  const events: NormalisedEvent[] = [];
  const refused = new RefusedItems('cloudevents', 'events', head.receivedAtUs);
  const readers = keyReaders.filter((reader) => reader.source === 'cloudevents');
  readCloudEvents(head, body, {
    event: (event, index) => events.push(normalisedCloudEvent(event, index, head.receivedAtUs, readers)),
    refused: (fault, index, content) =>
      refused.add(index, fault.message, refused.isFull ? '' : jsonText(content)),
  });
  return { events, deadLetters: refused.deadLetters() };
}

/** One CloudEvent, whichever wire brought it: the same event by two ways has the same id. */
export function normalisedCloudEvent(
  event: CloudEvent,
  index: number,
  receivedAtUs: number,
  readers: readonly CloudEventKeyReader[],
): NormalisedEvent {
  const id = boundKey(cloudEventIdentity(event)).value;
  const data = jsonOf(event);
  const bounded = boundAttributes(attributesOf(event, data));
  const flags: EventFlag[] = [...bounded.flags];
  const { attributes } = event;
  const type = boundText(event.type, flags);
  const trace = traceOf(id, textAt(attributes, 'traceparent'));
  return {
    id,
    scope: scopeOf(textAt(attributes, 'tenant'), textAt(attributes, 'environment')),
    source: 'cloudevents',
    type,
    kind: 'event',
    timeUs: event.time?.us ?? receivedAtUs,
    timeNs: event.time?.ns ?? 0,
    durationUs: 0,
    service: boundText(serviceOfSource(event.source), flags),
    peer: '',
    status: 'unset',
    error: undefined,
    trace,
    // Without a trace there is nobody who could have published or consumed it.
    message: trace && { role: 'recorded', destination: type, messageId: id },
    keys: keysOf(event, data, readers, flags),
    attributes: bounded.attributes,
    sequence: sequenceOf(attributes) ?? index,
    receivedAtUs,
    flags,
    declaredFlow: '',
  };
}

/** Undefined where there is none, or where it is no JSON although it says so. */
function jsonOf({ data }: CloudEvent): unknown {
  if (data.kind === 'json') return data.value;
  if (data.kind !== 'encoded') return undefined;
  try {
    return parseExactJson(data.bytes);
  } catch {
    return undefined;
  }
}

/** Those that are in fields of the event, or say nothing beyond them. */
const IN_FIELDS = new Set(['specversion', 'id', 'type', 'time', 'data', 'data_base64', 'datacontenttype']);
const JSON_TYPE = 'application/json';

/** Named as a path would name them. Data that is not JSON leaves its type and size. */
function attributesOf(event: CloudEvent, json: unknown): NormalisedEvent['attributes'] {
  const attributes: Record<string, AttributeValue> = {};
  for (const name in event.attributes) {
    if (IN_FIELDS.has(name)) continue;
    const text = textAt(event.attributes, name);
    if (text !== '') attributes[name] = text;
  }
  const { data, dataType } = event;
  if (dataType !== JSON_TYPE && data.kind !== 'none') attributes['datacontenttype'] = dataType;
  if (json !== undefined) flatten('data', json, attributes);
  else if (data.kind === 'opaque') attributes['dataBytes'] = data.length;
  else if (data.kind === 'encoded') attributes['dataBytes'] = data.bytes.length;
  return attributes;
}

/** The canonical text of an attribute, as binary mode writes it, so that an event reads the same in every mode. */
function textAt(attributes: CloudEvent['attributes'], name: string): string {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return value === undefined || value === null ? '' : String(value);
}

/**
 * The distributed tracing extension: the event is a child of the span that its sender was in. It has no span of its own, so it gets an
 * id that no tracer gives.
 */
function traceOf(id: string, traceparent: string): TraceContext | undefined {
  const parent = traceparent === '' ? undefined : parseTraceparent(traceparent);
  if (parent === undefined) return undefined;
  const spanId = createHash('sha256').update(id).digest('hex').slice(0, 16);
  return { traceId: parent.traceId, spanId, parentSpanId: parent.spanId, links: [] };
}

/** The sequence extension, where it is an integer. */
function sequenceOf(attributes: CloudEvent['attributes']): number | undefined {
  const text = textAt(attributes, 'sequence');
  const value = Number(text);
  return text !== '' && Number.isSafeInteger(value) ? value : undefined;
}

const NO_KEYS: NormalisedEvent['keys'] = {};

function keysOf(
  event: CloudEvent,
  json: unknown,
  readers: readonly CloudEventKeyReader[],
  flags: EventFlag[],
): NormalisedEvent['keys'] {
  let keys: Map<string, string[]> | undefined;
  for (const { keyType, path } of readers) {
    const isInData = path.steps[0] === 'data';
    for (const text of isInData ? valuesAt(path, json, 1) : valuesAt(path, event.attributes)) {
      const bounded = boundKey(text);
      if (bounded.cut) addFlag(flags, 'key-cut');
      keys ??= new Map();
      const values = keys.get(keyType);
      if (values === undefined) keys.set(keyType, [bounded.value]);
      else if (!values.includes(bounded.value)) values.push(bounded.value);
    }
  }
  return keys === undefined ? NO_KEYS : Object.fromEntries(keys);
}
