import initSqlite from 'sql.js';
import type { OcelEntry } from '../../../intake/ocel.ts';

type Entry<Kind extends OcelEntry['kind']> = Extract<OcelEntry, { kind: Kind }>;

const TYPES: readonly Entry<'type'>[] = [
  { kind: 'type', of: 'object', name: 'order', attributes: [['price', 'float']] },
  { kind: 'type', of: 'object', name: 'parcel', attributes: [] },
  { kind: 'type', of: 'event', name: 'place order', attributes: [['channel', 'string']] },
  { kind: 'type', of: 'event', name: 'send parcel', attributes: [] },
];

const OBJECTS: readonly Entry<'object'>[] = [
  {
    kind: 'object',
    id: 'o1',
    type: 'order',
    attributes: [
      ['price', '10.5', '1970-01-01T00:00:00Z'],
      ['price', '12', '2026-01-02T00:00:00Z'],
    ],
    objects: [['p1', 'sent as']],
  },
  { kind: 'object', id: 'o2', type: 'order', attributes: [], objects: [] },
  { kind: 'object', id: 'p1', type: 'parcel', attributes: [], objects: [] },
  { kind: 'object', id: 'p2', type: 'parcel', attributes: [], objects: [['nobody', 'to']] },
];

/** `p1` is shared by two orders, `e4` is about no order, `e5` about an object that does not exist. */
const EVENTS: readonly Entry<'event'>[] = [
  event('e1', 'place order', '2026-01-01T09:00:00Z', [['channel', 'web']], ['o1', 'placed']),
  event('e2', 'place order', '2026-01-01T10:00:00Z', [['channel', 'shop <1> & "2"']], ['o2', 'placed']),
  event('e3', 'send parcel', '2026-01-02T09:00:00Z', [], ['o1', ''], ['o2', ''], ['p1', 'what']),
  event('e4', 'send parcel', '2026-01-03T09:00:00Z', [], ['p2', 'what']),
  event('e5', 'send parcel', '2026-01-03T10:00:00Z', [], ['o1', ''], ['p9', 'what']),
];

function event(
  id: string,
  type: string,
  time: string,
  attributes: readonly (readonly [string, string])[],
  ...objects: (readonly [id: string, qualifier: string])[]
): Entry<'event'> {
  return {
    kind: 'event',
    id,
    type,
    time,
    attributes,
    objects: objects.map(([object, qualifier]) => [object, qualifier, null]),
  };
}

/** Two orders, one parcel for both of them: the same log in all forms. */
export const ORDERS: readonly OcelEntry[] = [...TYPES, ...OBJECTS, ...EVENTS];

export function asJson(entries: readonly OcelEntry[], space?: number): string {
  const attributesOf = (each: { readonly attributes: readonly (readonly unknown[])[] }) =>
    each.attributes.map(([name, value, time]) => ({ name, value, ...(time !== undefined && { time }) }));
  const relationsOf = (each: Entry<'event'> | Entry<'object'>) =>
    each.objects.map(([objectId, qualifier]) => ({ objectId, qualifier }));
  const only = <Kind extends OcelEntry['kind']>(kind: Kind) =>
    entries.filter((entry): entry is Entry<Kind> => entry.kind === kind);
  const types = (of: 'event' | 'object') =>
    only('type')
      .filter((each) => each.of === of)
      .map(({ name, attributes }) => ({
        name,
        attributes: attributes.map(([n, type]) => ({ name: n, type })),
      }));
  const log = {
    objectTypes: types('object'),
    eventTypes: types('event'),
    // Objects may stand behind the events that relate to them.
    events: only('event').map((each) => ({
      id: each.id,
      type: each.type,
      time: each.time,
      attributes: attributesOf(each),
      relationships: relationsOf(each),
    })),
    objects: only('object').map((each) => ({
      id: each.id,
      type: each.type,
      attributes: attributesOf(each),
      relationships: relationsOf(each),
    })),
  };
  return JSON.stringify(log, undefined, space);
}

export function asXml(entries: readonly OcelEntry[]): string {
  const list = (tag: string, of: (entry: OcelEntry) => string) =>
    `<${tag}>${entries.map(of).join('\n')}</${tag}>\n`;
  const types = (of: 'event' | 'object') =>
    list(`${of}-types`, (each) =>
      each.kind !== 'type' || each.of !== of
        ? ''
        : `<${of}-type name="${escaped(each.name)}"><attributes>${each.attributes
            .map(([name, type]) => `<attribute name="${name}" type="${type}"/>`)
            .join('')}</attributes></${of}-type>`,
    );
  const objects = list('objects', (each) =>
    each.kind === 'object'
      ? `<object id="${each.id}" type="${each.type}"><attributes>${each.attributes
          .map(
            ([name, value, time]) => `<attribute name="${name}" time="${time}">${escaped(value)}</attribute>`,
          )
          .join('')}</attributes>${relationsXml(each.objects)}</object>`
      : '',
  );
  const events = list('events', (each) =>
    each.kind === 'event'
      ? `<event id="${each.id}" type="${each.type}" time="${each.time}"><attributes>${each.attributes
          .map(([name, value]) => `<attribute name="${name}">${escaped(value)}</attribute>`)
          .join('')}</attributes>${relationsXml(each.objects)}</event>`
      : '',
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<log>\n${types('object')}${types('event')}${objects}${events}</log>\n`;
}

function relationsXml(objects: readonly (readonly [id: string, qualifier: string, ...unknown[]])[]): string {
  const relations = objects.map(
    ([id, qualifier]) => `<relationship object-id="${id}" qualifier="${qualifier}"/>`,
  );
  return `<objects>${relations.join('')}</objects>`;
}

function escaped(value: unknown): string {
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** Without the types' declared attributes: there a column is declared. */
export async function asSqlite(entries: readonly OcelEntry[]): Promise<Uint8Array> {
  const { Database } = await initSqlite();
  const database = new Database();
  for (const sql of [
    'CREATE TABLE event_map_type (ocel_type TEXT, ocel_type_map TEXT)',
    'CREATE TABLE object_map_type (ocel_type TEXT, ocel_type_map TEXT)',
    'CREATE TABLE event (ocel_id TEXT, ocel_type TEXT)',
    'CREATE TABLE object (ocel_id TEXT, ocel_type TEXT)',
    'CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT)',
    'CREATE TABLE object_object (ocel_source_id TEXT, ocel_target_id TEXT, ocel_qualifier TEXT)',
  ]) {
    database.run(sql);
  }
  for (const entry of entries) {
    if (entry.kind === 'fault') continue;
    if (entry.kind === 'type') {
      const changed = entry.of === 'object' ? ', ocel_changed_field TEXT' : '';
      const columns = entry.attributes
        .map(([name, type]) => `, ${name} ${type === 'float' ? 'REAL' : 'TEXT'}`)
        .join('');
      database.run(
        `CREATE TABLE ${entry.of}_${mapped(entry.name)} (ocel_id TEXT, ocel_time TIMESTAMP${changed}${columns})`,
      );
      database.run(`INSERT INTO ${entry.of}_map_type VALUES (?, ?)`, [entry.name, mapped(entry.name)]);
      continue;
    }
    database.run(`INSERT INTO ${entry.kind} VALUES (?, ?)`, [entry.id, entry.type]);
    const relations = entry.kind === 'event' ? 'event_object' : 'object_object';
    for (const [id, qualifier] of entry.objects)
      database.run(`INSERT INTO ${relations} VALUES (?, ?, ?)`, [entry.id, id, qualifier]);
    const table = `${entry.kind}_${mapped(entry.type)}`;
    if (entry.kind === 'event') {
      const names = entry.attributes.map(([name]) => `, ${name}`).join('');
      const values = entry.attributes.map(([, value]) => String(value));
      database.run(
        `INSERT INTO ${table} (ocel_id, ocel_time${names}) VALUES (?, ?${', ?'.repeat(values.length)})`,
        [entry.id, entry.time, ...values],
      );
      continue;
    }
    entry.attributes.forEach(([name, value, time], index) => {
      database.run(
        `INSERT INTO ${table} (ocel_id, ocel_time, ocel_changed_field, ${name}) VALUES (?, ?, ?, ?)`,
        [entry.id, time, index === 0 ? null : name, String(value)],
      );
    });
  }
  return database.export();
}

function mapped(name: string): string {
  return name.replaceAll(' ', '_');
}
