import type { KeyReader } from '../config/flow.ts';
import {
  type AttributeValue,
  DEFAULT_SCOPE,
  type DeadLetter,
  type EventFlag,
  type Normalised,
  type NormalisedEvent,
} from '../event/event.ts';
import { type TimeZone, timeZoneOf } from '../event/time-zone.ts';
import { CASES_MAX, type OcelEntry, type OcelEvent } from '../intake/ocel.ts';
import type { OcelHead } from '../intake/record.ts';
import { boundAttributes, boundKey, cutText } from './bounds.ts';
import { SERVICE_COLUMNS } from './rows.ts';
import { typedValue } from './rows-value.ts';
import { type Instant, parseTime } from './time.ts';

const CONTENT_LENGTH_MAX = 16_384;
type FileKeyReader = Extract<KeyReader, { source: 'file' }>;

const NO_FLAGS: readonly EventFlag[] = [];
const decoder = new TextDecoder();

/**
 * The entries of an object-centric log as events. Pure.
 *
 * - The cases of an event are its objects of the case type. It becomes one event for each: the first has the id `file:IMPORT:ROW`, the
 *   next ones `file:IMPORT:ROW/2` and so on, so that no object that two cases share ever joins them. An event without such an object
 *   is in no instance of the flow.
 * - All its objects are in the attributes `object.TYPE`: the id, or the JSON list of several ids. Types of which it has exactly one
 *   are keys too, once (on the first of its events): flows that name such a key type find the event.
 * - Objects themselves, their attributes over time and the relations between them stay in the intake record.
 */
export function normaliseOcel(
  head: OcelHead,
  body: Uint8Array,
  keyReaders: readonly KeyReader[] = [],
): Normalised {
  const entries = JSON.parse(decoder.decode(body)) as readonly OcelEntry[];
  const zone = zoneOf(head.timezone);
  const readers = keyReaders.filter((reader): reader is FileKeyReader => reader.source === 'file');
  const events: NormalisedEvent[] = [];
  const deadLetters: DeadLetter[] = [];
  entries.forEach((entry, index) => {
    const row = head.firstRow + index;
    if (entry.kind === 'fault') deadLetters.push(deadLetterOf(head, row, entry.reason, entry.content));
    if (entry.kind !== 'event') return;
    const time = readEvent(entry, zone);
    if (typeof time === 'string') deadLetters.push(deadLetterOf(head, row, time, JSON.stringify(entry)));
    else for (const event of eventsOf(entry, row, time, readers, head)) events.push(event);
  });
  return { events, deadLetters };
}

/** Why an event will become a dead letter, or `undefined`: the check of an import. */
export function ocelRefusal(timezone: string | undefined): (event: OcelEvent) => string | undefined {
  const zone = zoneOf(timezone);
  return (event) => {
    const time = readEvent(event, zone);
    return typeof time === 'string' ? time : undefined;
  };
}

function zoneOf(timezone: string | undefined): TimeZone | undefined {
  return timezone === undefined ? undefined : timeZoneOf(timezone);
}

/** When it was, or, as text, why it cannot become an event. */
function readEvent({ id, type, time }: OcelEvent, zone: TimeZone | undefined): Instant | string {
  if (id === '') return `an event${type === '' ? '' : ` of the type ${JSON.stringify(type)}`} has no id`;
  const name = `event ${JSON.stringify(cutText(id, 80))}`;
  if (type.trim() === '') return `${name} has no type`;
  if (time.trim() === '') return `${name} has no time`;
  return parseTime(time, zone) ?? `${name}: its time ${JSON.stringify(cutText(time, 80))} is not a time`;
}

function eventsOf(
  event: OcelEvent,
  row: number,
  time: Instant,
  readers: readonly FileKeyReader[],
  head: OcelHead,
): NormalisedEvent[] {
  const objects = objectsByType(event);
  const cases = objects.get(head.caseType) ?? [];
  const type = boundKey(event.type);
  const bounded = boundAttributes(attributesOf(event, objects));
  const flags = [...bounded.flags];
  if (type.cut && !flags.includes('value-cut')) flags.push('value-cut');
  if (cases.length > CASES_MAX) flags.push('key-cut');
  const id = `file:${head.importId}:${row}`;
  const first: NormalisedEvent = {
    id,
    scope: DEFAULT_SCOPE,
    source: head.source,
    type: type.value,
    kind: 'event',
    timeUs: time.us,
    timeNs: time.ns,
    durationUs: 0,
    service: serviceOf(event),
    peer: '',
    status: 'unset',
    error: undefined,
    trace: undefined,
    message: undefined,
    keys: keysOf(event, objects, cases[0], readers, head),
    attributes: bounded.attributes,
    sequence: row,
    receivedAtUs: head.receivedAtUs,
    flags: flags.length === 0 ? NO_FLAGS : flags,
    declaredFlow: head.flow,
  };
  const others = cases.slice(1, CASES_MAX).map((object, index) => ({
    ...first,
    id: `${id}/${index + 2}`,
    keys: { [head.flow]: [boundKey(object).value] },
  }));
  return [first, ...others];
}

/** Type → ids in the order of the event, each once. Relations to objects that do not exist have no type. */
function objectsByType(event: OcelEvent): Map<string, string[]> {
  const byType = new Map<string, string[]>();
  for (const [id, , type] of event.objects) {
    if (type === null) continue;
    const ids = byType.get(type);
    if (ids === undefined) byType.set(type, [id]);
    else if (!ids.includes(id)) ids.push(id);
  }
  return byType;
}

function attributesOf(
  event: OcelEvent,
  objects: ReadonlyMap<string, readonly string[]>,
): Record<string, AttributeValue> {
  const attributes = new Map<string, AttributeValue>([['ocel.id', event.id]]);
  for (const [type, ids] of objects) {
    const [only] = ids;
    attributes.set(`object.${type}`, ids.length === 1 && only !== undefined ? only : JSON.stringify(ids));
  }
  for (const [name, value] of event.attributes) {
    const typed = typedValue(value);
    if (name !== '' && typed !== undefined) attributes.set(name, typed);
  }
  return Object.fromEntries(attributes);
}

function serviceOf(event: OcelEvent): string {
  for (const column of SERVICE_COLUMNS) {
    const value = event.attributes.find(([name]) => name === column)?.[1] ?? '';
    if (value !== '') return boundKey(String(value)).value;
  }
  return '';
}

function keysOf(
  event: OcelEvent,
  objects: ReadonlyMap<string, readonly string[]>,
  firstCase: string | undefined,
  readers: readonly FileKeyReader[],
  head: OcelHead,
): Record<string, string[]> {
  const keys = new Map<string, string[]>();
  const add = (keyType: string, value: string): void => {
    // The case alone is the key of its flow: another object of that name would join what must stay apart.
    if (keyType === head.flow || value.trim() === '') return;
    const bounded = boundKey(value).value;
    const values = keys.get(keyType);
    if (values === undefined) keys.set(keyType, [bounded]);
    else if (!values.includes(bounded)) values.push(bounded);
  };
  for (const [type, ids] of objects) if (ids.length === 1) add(type, ids[0] ?? '');
  for (const { keyType, attribute } of readers) {
    for (const [name, value] of event.attributes) if (name === attribute) add(keyType, String(value));
    const ids = objects.get(attribute);
    if (ids?.length === 1) add(keyType, ids[0] ?? '');
  }
  if (firstCase !== undefined) keys.set(head.flow, [boundKey(firstCase).value]);
  return Object.fromEntries(keys);
}

function deadLetterOf(head: OcelHead, row: number, reason: string, content: string): DeadLetter {
  return {
    id: `file:${head.importId}:${row}`,
    source: head.source,
    receivedAtUs: head.receivedAtUs,
    reason,
    content: cutText(content, CONTENT_LENGTH_MAX),
  };
}
