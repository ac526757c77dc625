import type { AttributeValue } from '../../event/event.ts';
import type { Instant, OtlpResource } from './span.ts';
import { depthError, flatValue, setOwn, VALUE_DEPTH_MAX } from './value.ts';
import { WIRE, type WireReader } from './wire.ts';

/** What traces and logs share in protobuf (opentelemetry-proto 1.x, `common.proto` and `resource.proto`). */

/** Tag of a message, a text or bytes. */
export const message = (field: number): number => (field << 3) | WIRE.bytes;
export const varint = (field: number): number => (field << 3) | WIRE.varint;
export const fixed64 = (field: number): number => (field << 3) | WIRE.fixed64;

/** Reads the item that the reader stands at. */
type ItemReader = (reader: WireReader, resource: OtlpResource) => void;

/**
 * What requests of all signals have around their items: groups of a resource, in them groups of a scope (`resource_spans` 1:
 * `resource` 1, `scope_spans` 2: `spans` 2; likewise for logs).
 */
export function readGroups(reader: WireReader, readItem: ItemReader): void {
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) readGroup(reader, readItem);
    else reader.skip(tag);
  }
}

function readGroup(reader: WireReader, readItem: ItemReader): void {
  const outer = reader.enter();
  const start = reader.position;
  const resource: OtlpResource = { attributes: {} };
  // The resource may stand behind its items, so it is read in a pass of its own.
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) readResource(reader, resource);
    else reader.skip(tag);
  }
  reader.seek(start);
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(2)) readScope(reader, resource, readItem);
    else reader.skip(tag);
  }
  reader.leave(outer);
}

function readScope(reader: WireReader, resource: OtlpResource, readItem: ItemReader): void {
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(2)) readItem(reader, resource);
    else reader.skip(tag);
  }
  reader.leave(outer);
}

function readResource(reader: WireReader, resource: OtlpResource): void {
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) readAttribute(reader, resource.attributes);
    else reader.skip(tag);
  }
  reader.leave(outer);
}

/** 64 bits of nanoseconds as two 32-bit halves: 2^32 ns = 4,294,967,296 ns = 4,294,967 µs + 296 ns. */
export function readInstant(reader: WireReader): Instant {
  const low = reader.fixed32();
  const high = reader.fixed32();
  const rest = high * 296 + low;
  return { us: high * 4_294_967 + Math.floor(rest / 1000), ns: rest % 1000 };
}

export function readAttribute(reader: WireReader, into: Record<string, AttributeValue>): void {
  let key = '';
  let value: unknown;
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) key = reader.key();
    else if (tag === message(2)) value = readAnyValue(reader, 0);
    else reader.skip(tag);
  }
  reader.leave(outer);
  const flat = flatValue(value);
  if (key !== '' && flat !== undefined) setOwn(into, key, flat);
}

/** Undefined where there is no value. `depth` counts from 0. */
export function readAnyValue(reader: WireReader, depth: number): unknown {
  if (depth > VALUE_DEPTH_MAX) throw depthError();
  let value: unknown;
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) value = reader.text();
    else if (tag === varint(2)) value = reader.bool();
    else if (tag === varint(3)) value = reader.int64();
    else if (tag === fixed64(4)) value = reader.double();
    else if (tag === message(5)) value = readArray(reader, depth);
    else if (tag === message(6)) value = readKeyValueList(reader, depth);
    else if (tag === message(7)) value = reader.base64();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return value;
}

function readArray(reader: WireReader, depth: number): unknown[] {
  const values: unknown[] = [];
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) values.push(readAnyValue(reader, depth + 1));
    else reader.skip(tag);
  }
  reader.leave(outer);
  return values;
}

function readKeyValueList(reader: WireReader, depth: number): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) readKeyValue(reader, depth, values);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return values;
}

function readKeyValue(reader: WireReader, depth: number, into: Record<string, unknown>): void {
  let key = '';
  let value: unknown;
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === message(1)) key = reader.text();
    else if (tag === message(2)) value = readAnyValue(reader, depth + 1);
    else reader.skip(tag);
  }
  reader.leave(outer);
  setOwn(into, key, value);
}
