import type { AttributeValue } from '../../../event/event.ts';
import type { OcelEntry } from '../../../intake/ocel.ts';

/** An entry as a reader finds it: the types of the objects that an event relates to are looked up later. */
export type OcelItem = { readonly entry: OcelEntry; readonly line: number };

const CONTENT_LENGTH_MAX = 16_384;

export function faultOf(reason: string, content: string): OcelEntry {
  return { kind: 'fault', reason, content: content.slice(0, CONTENT_LENGTH_MAX) };
}

/** One element of the lists of an OCEL 2.0 JSON document; what is none becomes a fault that names the field. */
export function entryOfJson(section: string, text: string): OcelEntry {
  try {
    const json = fieldsOf(JSON.parse(text), section);
    if (section === 'events') return eventOf(json);
    return section === 'objects' ? objectOf(json) : typeOf(json, section);
  } catch (error) {
    return faultOf(error instanceof Error ? error.message : String(error), text);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function eventOf(json: Fields): OcelEntry {
  return {
    kind: 'event',
    id: textOf(json, 'id'),
    type: textOf(json, 'type'),
    time: textOf(json, 'time'),
    attributes: listOf(json, 'attributes').map((each) => [textOf(each, 'name'), scalarOf(each['value'])]),
    objects: listOf(json, 'relationships').map((each) => [
      textOf(each, 'objectId'),
      textOf(each, 'qualifier'),
      null,
    ]),
  };
}

function objectOf(json: Fields): OcelEntry {
  return {
    kind: 'object',
    id: textOf(json, 'id'),
    type: textOf(json, 'type'),
    attributes: listOf(json, 'attributes').map((each) => [
      textOf(each, 'name'),
      scalarOf(each['value']),
      textOf(each, 'time'),
    ]),
    objects: listOf(json, 'relationships').map((each) => [
      textOf(each, 'objectId'),
      textOf(each, 'qualifier'),
    ]),
  };
}

function typeOf(json: Fields, section: string): OcelEntry {
  return {
    kind: 'type',
    of: section === 'eventTypes' ? 'event' : 'object',
    name: textOf(json, 'name'),
    attributes: listOf(json, 'attributes').map((each) => [textOf(each, 'name'), textOf(each, 'type')]),
  };
}

function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new TypeError(`an element of "${name}" is no JSON object`);
}

function listOf(json: Fields, name: string): Fields[] {
  const value = json[name] ?? [];
  if (!Array.isArray(value)) throw new TypeError(`"${name}" is no list`);
  return value.map((each) => fieldsOf(each, name));
}

/** Empty where it is missing: what needs it says so. */
function textOf(json: Fields, name: string): string {
  const value = json[name] ?? '';
  if (typeof value === 'object') throw new TypeError(`"${name}" is no text`);
  return String(value);
}

function scalarOf(value: unknown): AttributeValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
