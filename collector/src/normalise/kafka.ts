import { createHash } from 'node:crypto';
import type { KeyReader } from '../config/flow.ts';
import type { KafkaTopics } from '../config/kafka-topics.ts';
import { valuesAt } from '../config/path.ts';
import type {
  AttributeValue,
  DeadLetter,
  EventFlag,
  MessageContext,
  Normalised,
  NormalisedEvent,
  TraceContext,
} from '../event/event.ts';
import type { KafkaHead } from '../intake/record.ts';
import type { CloudEvent } from '../receive/cloudevents/cloud-event.ts';
import type { KafkaMessage, KafkaPlace } from '../receive/kafka/message.ts';
import { unpackMessages } from '../receive/kafka/pack.ts';
import { boundAttributes, boundKey, cutText } from './bounds.ts';
import { type CloudEventKeyReader, normalisedCloudEvent } from './cloudevents.ts';
import { flatten } from './flatten.ts';
import { type KafkaReading, readKafkaMessage } from './kafka-read.ts';
import { addFlag, boundText } from './otlp-text.ts';
import { scopeOf } from './scope.ts';
import { parseTraceparent } from './traceparent.ts';

const CONTENT_LENGTH_MAX = 16 * 1024;

/** The records of an accepted batch as events; those that can't be read, as dead letters. Pure. */
export function normaliseKafka(
  head: KafkaHead,
  body: Uint8Array,
  keyReaders: readonly KeyReader[],
  topics: KafkaTopics | undefined,
): Normalised {
  const events: NormalisedEvent[] = [];
  const deadLetters: DeadLetter[] = [];
  const rule = topics?.find(head.topic);
  const readers = readersFor(head.topic, keyReaders);
  for (const message of unpackMessages(body)) {
    const reading = readKafkaMessage(message, head, head.receivedAtUs, rule);
    if (typeof reading === 'string') deadLetters.push(deadLetterOf(message, head, reading));
    else if (reading.cloudEvent === undefined) events.push(eventOf(message, head, reading, readers));
    else events.push(eventOfCloudEvent(message, head, reading, reading.cloudEvent, readers));
  }
  return { events, deadLetters };
}

type Readers = {
  readonly kafka: readonly Extract<KeyReader, { source: 'kafka' }>[];
  readonly cloudEvents: readonly CloudEventKeyReader[];
};

function readersFor(topic: string, keyReaders: readonly KeyReader[]): Readers {
  return {
    kafka: keyReaders
      .filter((reader) => reader.source === 'kafka')
      .filter((reader) => reader.topic === undefined || reader.topic === topic),
    cloudEvents: keyReaders.filter((reader) => reader.source === 'cloudevents'),
  };
}

/**
 * The place alone is not enough: a topic that is deleted and made again, and another cluster, begin at offset 0 again. The timestamp
 * tells those apart.
 */
function recordId({ topic, partition }: KafkaPlace, message: KafkaMessage): string {
  return `kafka:${topic}-${partition}-${message.offset}@${message.timestampMs}`;
}

function eventOf(
  message: KafkaMessage,
  head: KafkaHead,
  reading: KafkaReading,
  readers: Readers,
): NormalisedEvent {
  const id = recordId(head, message);
  const flags: EventFlag[] = [];
  const { attributes, flags: cut } = boundAttributes(attributesOf(message, reading));
  for (const flag of cut) addFlag(flags, flag);
  return {
    id,
    scope: scopeOf(reading.tenant ?? '', reading.environment ?? ''),
    source: `kafka:${head.topic}`,
    type: boundText(reading.type, flags),
    kind: 'event',
    timeUs: reading.time.us,
    timeNs: reading.time.ns,
    durationUs: 0,
    service: boundText(reading.service ?? '', flags),
    peer: '',
    status: 'unset',
    error: undefined,
    trace: traceOf(id, reading.document.headers['traceparent']),
    message: recordedAs(message, head),
    keys: keysOf(NO_KEYS, reading, readers, flags),
    attributes,
    sequence: message.offset,
    receivedAtUs: head.receivedAtUs,
    flags,
    declaredFlow: '',
  };
}

/** The same event as over HTTP, by its id; but it is a message here, and rules of the topic say more than the event. */
function eventOfCloudEvent(
  message: KafkaMessage,
  head: KafkaHead,
  reading: KafkaReading,
  cloudEvent: CloudEvent,
  readers: Readers,
): NormalisedEvent {
  const event = normalisedCloudEvent(cloudEvent, message.offset, head.receivedAtUs, readers.cloudEvents);
  const flags: EventFlag[] = [...event.flags];
  const { tenant, environment } = cloudEvent.attributes;
  return {
    ...event,
    scope: scopeOf(reading.tenant ?? textOf(tenant), reading.environment ?? textOf(environment)),
    source: `kafka:${head.topic}`,
    type: boundText(reading.type, flags),
    timeUs: reading.time.us,
    timeNs: reading.time.ns,
    service: boundText(reading.service ?? event.service, flags),
    trace: event.trace ?? traceOf(event.id, reading.document.headers['traceparent']),
    message: recordedAs(message, head),
    keys: keysOf(event.keys, reading, readers, flags),
    flags,
  };
}

function textOf(attribute: unknown): string {
  return attribute === undefined || attribute === null ? '' : String(attribute);
}

function recordedAs({ offset }: KafkaMessage, { topic, partition }: KafkaPlace): MessageContext {
  return { role: 'recorded', destination: topic, messageId: `${partition}-${offset}` };
}

/** The record is a child of the span that its sender was in; it has none of its own, so it gets an id that no tracer gives twice. */
function traceOf(id: string, traceparent: string | undefined): TraceContext | undefined {
  const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  if (parent === undefined) return undefined;
  const spanId = createHash('sha256').update(id).digest('hex').slice(0, 16);
  return { traceId: parent.traceId, spanId, parentSpanId: parent.spanId, links: [] };
}

/** Headers that are in fields of the event. */
const IN_FIELDS = new Set(['traceparent', 'tracestate', 'service.name']);

/** Its place is in its id. */
function attributesOf(message: KafkaMessage, { document }: KafkaReading): NormalisedEvent['attributes'] {
  const attributes: Record<string, AttributeValue> = {};
  if (message.key !== undefined) attributes['key'] = document.key;
  if (message.value === undefined) attributes['messaging.kafka.message.tombstone'] = true;
  for (const name in document.headers)
    if (!IN_FIELDS.has(name)) attributes[`headers.${name}`] = document.headers[name] ?? '';
  flatten('value', document.value, attributes);
  return attributes;
}

const NO_KEYS: NormalisedEvent['keys'] = {};

/** Those that are known, and those that the rules find in the record. */
function keysOf(
  known: NormalisedEvent['keys'],
  { document }: KafkaReading,
  readers: Readers,
  flags: EventFlag[],
): NormalisedEvent['keys'] {
  let keys: Map<string, readonly string[]> | undefined;
  for (const { keyType, path } of readers.kafka) {
    for (const text of valuesAt(path, document)) {
      const bounded = boundKey(text);
      if (bounded.cut) addFlag(flags, 'key-cut');
      keys ??= new Map(Object.entries(known));
      const values = keys.get(keyType) ?? [];
      if (!values.includes(bounded.value)) keys.set(keyType, [...values, bounded.value]);
    }
  }
  return keys === undefined ? known : Object.fromEntries(keys);
}

function deadLetterOf(message: KafkaMessage, head: KafkaHead, reason: string): DeadLetter {
  const text = Buffer.from(message.value ?? []).toString('utf8', 0, CONTENT_LENGTH_MAX);
  return {
    id: recordId(head, message),
    source: `kafka:${head.topic}`,
    receivedAtUs: head.receivedAtUs,
    reason,
    content: cutText(text, CONTENT_LENGTH_MAX),
  };
}
