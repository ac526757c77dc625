import { type Instant, readRfc3339 } from './rfc3339.ts';

/** A CloudEvent 1.0 as it came, checked; whichever mode it came in. */
export type CloudEvent = {
  readonly id: string;
  /** As it was written: a URI reference. */
  readonly source: string;
  readonly type: string;
  /** Undefined where the sender did not say. */
  readonly time: Instant | undefined;
  /** Media type of the data, in lower case, without parameters; `application/json` where none is said. */
  readonly dataType: string;
  /** All context attributes and extensions by name, as they came; may hold `data` and `data_base64` too. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly data: CloudEventData;
};

export type CloudEventData =
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly value: unknown }
  /** Bytes that say they are JSON: to be parsed when they are looked into. */
  | { readonly kind: 'encoded'; readonly bytes: Uint8Array }
  | { readonly kind: 'opaque'; readonly length: number };

/** What is wrong with an event, and in which of its fields. */
export class CloudEventFault extends Error {
  override readonly name = 'CloudEventFault';
  readonly field: string;
  constructor(field: string, problem: string) {
    super(`${field}: ${problem}`);
    this.field = field;
  }
}

const SPEC_VERSION = '1.0';
const JSON_TYPE = 'application/json';
const FUTURE_US = 24 * 3600 * 1_000_000;
const SHOWN_LENGTH = 60;
const EXTENSION_NAME = /^[a-z0-9]+$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const NO_DATA: CloudEventData = { kind: 'none' };

/**
 * Checks one element of the JSON format. An optional attribute that is `null` or empty counts as left out; an extension may be text,
 * number or boolean.
 *
 * @param json parsed. @param receivedAtUs when it was received: a time more than a day after it is refused.
 * @throws CloudEventFault
 */
export function readJsonEvent(json: unknown, receivedAtUs: number): CloudEvent {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new CloudEventFault('event', `must be a JSON object, got ${shown(json)}`);
  }
  const attributes = json as Readonly<Record<string, unknown>>;
  const dataType = dataTypeOf(attributes);
  return readEvent(attributes, dataType, dataOf(attributes, dataType), receivedAtUs);
}

/** Checks an event whose attributes came as texts beside its data, as in binary mode. @throws CloudEventFault */
export function readBinaryEvent(
  attributes: Readonly<Record<string, string>>,
  body: Uint8Array,
  receivedAtUs: number,
): CloudEvent {
  const dataType = dataTypeOf(attributes);
  const data: CloudEventData =
    body.length === 0
      ? NO_DATA
      : isJson(dataType)
        ? { kind: 'encoded', bytes: body }
        : { kind: 'opaque', length: body.length };
  return readEvent(attributes, dataType, data, receivedAtUs);
}

function readEvent(
  attributes: Readonly<Record<string, unknown>>,
  dataType: string,
  data: CloudEventData,
  receivedAtUs: number,
): CloudEvent {
  const version = attributes['specversion'];
  if (version !== SPEC_VERSION) {
    if (isUnset(version)) throw new CloudEventFault('specversion', `is missing: expected '${SPEC_VERSION}'`);
    throw new CloudEventFault('specversion', `${shown(version)} is not supported: use '${SPEC_VERSION}'`);
  }
  checkNames(attributes);
  return {
    id: required(attributes, 'id'),
    source: required(attributes, 'source'),
    type: required(attributes, 'type'),
    time: timeOf(attributes, receivedAtUs),
    dataType,
    attributes,
    data,
  };
}

function required(attributes: Readonly<Record<string, unknown>>, field: string): string {
  const value = attributes[field];
  if (isUnset(value)) throw new CloudEventFault(field, 'is missing: expected a text that is not empty');
  if (typeof value !== 'string') throw new CloudEventFault(field, `must be a text, got ${shown(value)}`);
  return value;
}

/** Of an optional attribute; empty where it is left out. */
function optional(attributes: Readonly<Record<string, unknown>>, field: string): string {
  const value = attributes[field];
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new CloudEventFault(field, `must be a text, got ${shown(value)}`);
  return value;
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** Every attribute that is none of the known ones is an extension. */
function checkNames(attributes: Readonly<Record<string, unknown>>): void {
  for (const name in attributes) {
    const value = attributes[name];
    switch (name) {
      case 'specversion':
      case 'id':
      case 'source':
      case 'type':
      case 'time':
      case 'data':
      case 'data_base64':
      case 'datacontenttype':
        break;
      case 'subject':
      case 'dataschema':
        optional(attributes, name);
        break;
      default:
        if (!EXTENSION_NAME.test(name)) {
          throw new CloudEventFault(
            cut(name),
            'is no name of an attribute: only lower-case letters and digits are allowed',
          );
        }
        if (typeof value === 'object' && value !== null) {
          throw new CloudEventFault(
            name,
            `an extension is a text, a number or a boolean, got ${shown(value)}`,
          );
        }
    }
  }
}

function timeOf(attributes: Readonly<Record<string, unknown>>, receivedAtUs: number): Instant | undefined {
  const text = optional(attributes, 'time');
  if (text === '') return undefined;
  const time = readRfc3339(text);
  if (time === undefined) {
    throw new CloudEventFault(
      'time',
      `must be an RFC 3339 timestamp (2026-11-25T12:00:00Z), got ${shown(text)}`,
    );
  }
  if (time.us > receivedAtUs + FUTURE_US) {
    throw new CloudEventFault(
      'time',
      `${shown(text)} is more than a day in the future: check the sender's clock`,
    );
  }
  return time;
}

function dataTypeOf(attributes: Readonly<Record<string, unknown>>): string {
  const text = optional(attributes, 'datacontenttype');
  if (text === JSON_TYPE || text === '') return JSON_TYPE;
  return text.split(';')[0]?.trim().toLowerCase() || JSON_TYPE;
}

/** `json` as subtype, or as its suffix. */
function isJson(dataType: string): boolean {
  return dataType === JSON_TYPE || dataType.endsWith('/json') || dataType.endsWith('+json');
}

function dataOf(attributes: Readonly<Record<string, unknown>>, dataType: string): CloudEventData {
  const value = attributes['data'];
  const base64 = attributes['data_base64'];
  if (base64 !== undefined && base64 !== null) {
    if (value !== undefined && value !== null) {
      throw new CloudEventFault('data_base64', "stands beside 'data': an event has one of them");
    }
    if (typeof base64 !== 'string' || base64.length % 4 !== 0 || !BASE64.test(base64)) {
      throw new CloudEventFault('data_base64', `must be a text in Base64, got ${shown(base64)}`);
    }
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length === 0) return NO_DATA;
    return isJson(dataType) ? { kind: 'encoded', bytes } : { kind: 'opaque', length: bytes.length };
  }
  if (value === undefined || value === null) return NO_DATA;
  // A text is what it is; other JSON is looked into even where the sender named another type.
  if (typeof value === 'string' && !isJson(dataType)) {
    return value === '' ? NO_DATA : { kind: 'opaque', length: Buffer.byteLength(value) };
  }
  return { kind: 'json', value };
}

/** What a sender wrote, short enough for an answer. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `'${cut(value)}'`;
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

function cut(text: string): string {
  return text.length <= SHOWN_LENGTH ? text : `${text.slice(0, SHOWN_LENGTH)}…`;
}
