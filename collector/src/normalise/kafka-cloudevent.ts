import type { KafkaTopic } from '../config/kafka-topics.ts';
import {
  type CloudEvent,
  CloudEventFault,
  readBinaryEvent,
  readJsonEvent,
} from '../receive/cloudevents/cloud-event.ts';

const PREFIX = 'ce_';
const STRUCTURED = 'application/cloudevents+json';

/** How a record holds a CloudEvent (Kafka protocol binding 1.0.2); undefined where it holds none. */
export type CloudEventMode = 'binary' | 'structured' | 'unsupported' | undefined;

/** By the headers: `ce_specversion`, or the media type of CloudEvents; where the rule says that there are only such, by what is left. */
export function cloudEventMode(
  headers: Readonly<Record<string, string>>,
  format: KafkaTopic['format'],
): CloudEventMode {
  if (format === 'json' || format === 'opaque') return undefined;
  const mediaType = contentType(headers).split(';')[0]?.trim().toLowerCase() ?? '';
  if (mediaType.startsWith('application/cloudevents'))
    return mediaType === STRUCTURED ? 'structured' : 'unsupported';
  if (headers[`${PREFIX}specversion`] !== undefined) return 'binary';
  return format === 'cloudevents' ? 'structured' : undefined;
}

/** @param json the value of a record in structured mode. @returns the reason as a text where it is none. */
export function cloudEventOf(
  mode: 'binary' | 'structured',
  headers: Readonly<Record<string, string>>,
  value: Uint8Array | undefined,
  json: unknown,
  receivedAtUs: number,
): CloudEvent | string {
  try {
    return mode === 'structured'
      ? readJsonEvent(json, receivedAtUs)
      : readBinaryEvent(attributesOf(headers), value ?? new Uint8Array(), receivedAtUs);
  } catch (error) {
    if (error instanceof CloudEventFault) return `not a CloudEvent: ${error.message}`;
    throw error;
  }
}

function attributesOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  // Names come from outside: one may be that of a built-in property.
  const attributes: Record<string, string> = Object.create(null);
  for (const name in headers)
    if (name.startsWith(PREFIX)) attributes[name.slice(PREFIX.length)] = headers[name] ?? '';
  const type = contentType(headers);
  if (type !== '') attributes['datacontenttype'] = type;
  return attributes;
}

function contentType(headers: Readonly<Record<string, string>>): string {
  return headers['content-type'] ?? headers['Content-Type'] ?? '';
}
