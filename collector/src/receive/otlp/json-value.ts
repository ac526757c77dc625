/// <reference lib="es2024.string" />
import type { AttributeValue } from '../../event/event.ts';
import type { Instant, OtlpResource } from './span.ts';
import { depthError, flatValue, setOwn, VALUE_DEPTH_MAX } from './value.ts';

/** What traces and logs share in OTLP's JSON encoding. Whatever has a wrong type is a TypeError that names its field. */

/** @throws SyntaxError when it is not JSON, TypeError when it is no UTF-8 or no object. */
export function parseRequest(body: Uint8Array): Json {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  return asObject(JSON.parse(withExactIntegers(text)), 'request');
}

type Names = { readonly groups: string; readonly scopes: string; readonly items: string };

/** Visits the items of a request of any signal in order. @returns how many there are. */
export function forEachOfGroups(
  request: Json,
  { groups, scopes, items }: Names,
  visit: (item: Json, resource: OtlpResource, index: number) => void,
): number {
  let index = 0;
  for (const group of asList(request[groups], groups)) {
    const outer = asObject(group, `${groups}[]`);
    const resourceObject = asObject(outer['resource'] ?? {}, 'resource');
    const resource = { attributes: attributesOf(resourceObject['attributes'], 'resource.attributes') };
    for (const scope of asList(outer[scopes], scopes)) {
      for (const item of asList(asObject(scope, `${scopes}[]`)[items], items)) {
        visit(asObject(item, `${items}[${index}]`), resource, index);
        index++;
      }
    }
  }
  return index;
}

const LONG_INTEGER =
  /"(intValue|startTimeUnixNano|endTimeUnixNano|timeUnixNano|observedTimeUnixNano)"\s*:\s*(-?\d{16,})(?=\s*[,}])/g;

/**
 * Integers that a double can't hold, as text instead of number, before `JSON.parse` rounds them. Where the pattern matches, the
 * name is the end of a key: within a text its closing quote would be escaped.
 */
function withExactIntegers(text: string): string {
  return text.replace(LONG_INTEGER, '"$1":"$2"');
}

export type Json = Record<string, unknown>;

export function asObject(value: unknown, field: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${field} must be an object`);
  }
  return value as Json;
}

export function asList(value: unknown, field: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new TypeError(`${field} must be an array`);
  return value;
}

/** Well-formed: half a surrogate pair, which JSON can carry, becomes U+FFFD as in the protobuf encoding. */
export function textOf(value: unknown, field: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new TypeError(`${field} must be a string`);
  return value.isWellFormed() ? value : value.toWellFormed();
}

export function idOf(value: unknown, field: string): string {
  const text = textOf(value, field);
  if (text.length > 32 || !/^[0-9a-f]*$/i.test(text)) {
    throw new TypeError(`${field} must be hexadecimal, at most 32 digits`);
  }
  return text.toLowerCase();
}

/** Integers by the specification; names are what protobuf's own JSON printers write, so they are read too. Unknown ones are 0. */
export function enumOf(value: unknown, names: readonly string[], prefix: string, field: string): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') throw new TypeError(`${field} must be an integer`);
  return Math.max(0, names.indexOf(value.startsWith(prefix) ? value.slice(prefix.length) : value));
}

const NANOSECONDS_END = 2n ** 64n;

export function instantOf(value: unknown, field: string): Instant {
  if (value === undefined || value === null) return { us: 0, ns: 0 };
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d{1,20}$/.test(text) || BigInt(text) >= NANOSECONDS_END) {
    throw new TypeError(`${field} must be nanoseconds since 1970 as a decimal number below 2^64`);
  }
  return { us: Number(text.slice(0, -3)), ns: Number(text.slice(-3)) };
}

export function attributesOf(value: unknown, field: string): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {};
  for (const item of asList(value, field)) {
    const pair = asObject(item, `${field}[]`);
    const key = textOf(pair['key'], `${field}[].key`);
    const flat = flatValue(anyValueOf(pair['value'], field, 0));
    if (key !== '' && flat !== undefined) setOwn(attributes, key, flat);
  }
  return attributes;
}

/** Undefined where there is no value. `depth` counts from 0. */
export function anyValueOf(value: unknown, field: string, depth: number): unknown {
  if (depth > VALUE_DEPTH_MAX) throw depthError();
  if (value === undefined || value === null) return undefined;
  const any = asObject(value, `${field}[].value`);
  if (isSet(any['stringValue'])) return textOf(any['stringValue'], `${field}[].value.stringValue`);
  if (isSet(any['boolValue'])) return booleanOf(any['boolValue'], `${field}[].value.boolValue`);
  if (isSet(any['intValue'])) return integerOf(any['intValue'], `${field}[].value.intValue`);
  if (isSet(any['doubleValue'])) return doubleOf(any['doubleValue'], `${field}[].value.doubleValue`);
  if (isSet(any['bytesValue'])) return textOf(any['bytesValue'], `${field}[].value.bytesValue`);
  if (isSet(any['arrayValue'])) {
    const array = asObject(any['arrayValue'], `${field}[].value.arrayValue`);
    const list = asList(array['values'], `${field}[].value.arrayValue.values`);
    return list.map((item) => anyValueOf(item, field, depth + 1));
  }
  if (isSet(any['kvlistValue'])) {
    const map = asObject(any['kvlistValue'], `${field}[].value.kvlistValue`);
    return mapOf(asList(map['values'], `${field}[].value.kvlistValue.values`), field, depth);
  }
  return undefined;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function mapOf(list: readonly unknown[], field: string, depth: number): Json {
  const values: Json = {};
  for (const item of list) {
    const pair = asObject(item, `${field}[].value.kvlistValue.values[]`);
    const key = textOf(pair['key'], `${field}[].value.kvlistValue.values[].key`);
    setOwn(values, key, anyValueOf(pair['value'], field, depth + 1));
  }
  return values;
}

function booleanOf(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${field} must be true or false`);
  return value;
}

/** A number where it is exact, else its decimal text. */
function integerOf(value: unknown, field: string): number | string {
  const number = typeof value === 'number' ? value : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value)) {
    throw new TypeError(`${field} must be a 64-bit integer, as text or number`);
  }
  const exact = BigInt(value);
  if (BigInt.asIntN(64, exact) !== exact) throw new TypeError(`${field} is over 64 bits`);
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact.toString();
}

function doubleOf(value: unknown, field: string): number {
  if (typeof value === 'number') return value;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  if (Number.isNaN(number) && value !== 'NaN') throw new TypeError(`${field} must be a number`);
  return number;
}
