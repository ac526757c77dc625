import type { KafkaTopic, TextSource } from '../config/kafka-topics.ts';
import { valuesAt } from '../config/path.ts';
import type { CloudEvent } from '../receive/cloudevents/cloud-event.ts';
import { parseExactJson } from '../receive/exact-json.ts';
import type { KafkaMessage, KafkaPlace } from '../receive/kafka/message.ts';
import { cloudEventMode, cloudEventOf } from './kafka-cloudevent.ts';
import { type Instant, parseTime } from './time.ts';

/** What paths of rules look into: `value`, `headers`, `key`. */
export type KafkaDocument = {
  /** Undefined for a tombstone, or where the value is not looked into. */
  readonly value: unknown;
  /** The last one of each name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly key: string;
};

/** A message as it was understood. */
export type KafkaReading = {
  readonly document: KafkaDocument;
  /** Where the record holds one. */
  readonly cloudEvent: CloudEvent | undefined;
  readonly type: string;
  readonly time: Instant;
  /** Undefined where neither rule nor headers say it. */
  readonly service: string | undefined;
  readonly tenant: string | undefined;
  readonly environment: string | undefined;
};

/** What is said of a topic that no rule names any more: it was read once, under another configuration. */
const NO_RULE: KafkaTopic = {
  from: 'earliest',
  format: 'auto',
  type: undefined,
  service: undefined,
  tenant: undefined,
  environment: undefined,
  time: undefined,
};

/**
 * Reads a message by the rule of its topic. Pure, never throws.
 *
 * @param receivedAtUs epoch microseconds. @returns the reason as a text where it can't be read.
 */
export function readKafkaMessage(
  message: KafkaMessage,
  place: KafkaPlace,
  receivedAtUs: number,
  rule: KafkaTopic = NO_RULE,
): KafkaReading | string {
  if (message.isCut) return 'the record is too large to be kept';
  const headers = headersOf(message);
  const mode = cloudEventMode(headers, rule.format);
  if (mode === 'unsupported') return 'only the JSON format of CloudEvents is read, one event a record';
  const value = rule.format === 'opaque' ? undefined : jsonOf(message);
  // Data of a CloudEvent may be anything; what holds one in JSON must be JSON.
  if (value instanceof Unreadable && mode !== 'binary') return value.reason;
  const json = value instanceof Unreadable ? undefined : value;
  const event = mode && cloudEventOf(mode, headers, message.value, json, receivedAtUs);
  if (typeof event === 'string') return event;
  const key = message.key === undefined ? '' : Buffer.from(message.key).toString('utf8');
  const document = { value: json, headers, key };
  const type = rule.type === undefined && event ? event.type : typeOf(document, rule, place.topic);
  if (type === undefined) return missing('type', rule.type);
  const time = rule.time === undefined && event?.time ? event.time : timeOf(document, rule, message);
  if (typeof time === 'string') return time;
  return {
    document,
    cloudEvent: event && withJson(event, json),
    type,
    time,
    service: textAt(rule.service, document) ?? headers['service.name'],
    tenant: textAt(rule.tenant, document),
    environment: textAt(rule.environment, document),
  };
}

/** What was parsed already need not be parsed again. */
function withJson(event: CloudEvent, json: unknown): CloudEvent {
  if (event.data.kind !== 'encoded' || json === undefined) return event;
  return { ...event, data: { kind: 'json', value: json } };
}

class Unreadable {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

function headersOf(message: KafkaMessage): Record<string, string> {
  // Names come from outside: one may be that of a built-in property.
  const headers: Record<string, string> = Object.create(null);
  for (const { name, value } of message.headers)
    headers[name] =
      value === undefined ? '' : Buffer.from(value.buffer, value.byteOffset, value.length).toString();
  return headers;
}

function jsonOf({ value }: KafkaMessage): unknown {
  if (value === undefined) return undefined;
  try {
    return parseExactJson(value);
  } catch (error) {
    const why =
      error instanceof Error && !(error instanceof TypeError) ? error.message : 'it is no text in UTF-8';
    return new Unreadable(`the value is not JSON: ${why}`);
  }
}

/** By the rule, else as producers commonly say it in headers, else the topic's name. Undefined: the rule's path is not there. */
function typeOf(document: KafkaDocument, rule: KafkaTopic, topic: string): string | undefined {
  if (rule.type !== undefined) return textAt(rule.type, document);
  const { headers } = document;
  const named = headers['type'] ?? headers['eventType'] ?? headers['event-type'];
  if (named !== undefined && named.trim() !== '') return named.trim();
  const javaClass = headers['__TypeId__'] ?? '';
  return javaClass.slice(Math.max(javaClass.lastIndexOf('.'), javaClass.lastIndexOf('$')) + 1) || topic;
}

function timeOf(document: KafkaDocument, rule: KafkaTopic, message: KafkaMessage): Instant | string {
  if (rule.time === undefined) return { us: Math.max(0, message.timestampMs) * 1000, ns: 0 };
  const [text] = valuesAt(rule.time, document);
  if (text === undefined) return missing('time', rule.time);
  return parseTime(text) ?? `the time at ${rule.time.text} can't be read: '${text.slice(0, 100)}'`;
}

function textAt(source: TextSource, document: KafkaDocument): string | undefined {
  if (typeof source !== 'object') return source;
  return valuesAt(source, document)[0];
}

function missing(what: string, source: TextSource): string {
  return `the ${what} is missing: there is nothing at ${typeof source === 'object' ? source.text : ''}`;
}
