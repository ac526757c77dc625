/** Small states with one event each, taken from what an engine has gone through: for the goldens of appliers. */
import type { Key } from '../protocol/key.ts';
import type { EventRecord } from '../protocol/record.ts';
import { VALUE_TYPES, type ValueType, withDefaults } from '../protocol/value-types.ts';
import { createEngineState, type EngineState } from '../state/engine-state.ts';
import { applyEvent } from './appliers.ts';

/** Rows by the names of their tables. */
export type Rows = Readonly<Record<string, readonly (readonly unknown[])[]>>;

export type AppliedEvent = Pick<EventRecord, 'valueType' | 'intent' | 'key' | 'value'>;

/** `left` is what `given` has become once the event was applied. */
export type GoldenCase = { readonly given: Rows; readonly event: AppliedEvent; readonly left: Rows };

/** Different things that one applier does, as far as they are kept. */
export const CASES_MAX = 8;

/** `PROCESS_INSTANCE.ELEMENT_ACTIVATED` and so on: all events that there are. */
export function allEventNames(): readonly string[] {
  return Object.entries(VALUE_TYPES).flatMap(([valueType, { events }]) =>
    events.map((intent) => `${valueType}.${intent}`),
  );
}

export function rowsAfter(given: Rows, event: AppliedEvent): Rows {
  const state = stateWith(given);
  applyEvent(state.tables, event as EventRecord);
  return rowsOf(state);
}

/**
 * For every event that there is some cases from the history of one partition, each with as few rows as show the
 * same change. Events that did not happen are applied with the value of another one of their type.
 */
export function goldenCases(history: readonly EventRecord[]): ReadonlyMap<string, readonly GoldenCase[]> {
  const found = new Map<string, Map<string, GoldenCase>>();
  const donors = new Map<ValueType, { readonly given: Rows; readonly event: EventRecord }[]>();
  const state = createEngineState();
  const add = (given: Rows, event: AppliedEvent): void => {
    const name = `${event.valueType}.${event.intent}`;
    const known = found.get(name) ?? new Map<string, GoldenCase>();
    found.set(name, known);
    const change = changeOf(given, event);
    const signature = [...new Set([...change].map((row) => row.slice(0, row.indexOf(' '))))].sort().join();
    if (known.size < CASES_MAX && !known.has(signature)) known.set(signature, smallest(given, event, change));
  };
  for (const { valueType, intent, key, value } of history) {
    const event = { valueType, intent, key, value } as EventRecord;
    add(rowsOf(state), event);
    applyEvent(state.tables, event);
    const of = donors.get(event.valueType) ?? [];
    donors.set(event.valueType, of);
    of.push({ given: rowsOf(state), event });
  }
  for (const name of allEventNames()) {
    if (found.has(name)) continue;
    const [valueType, intent] = name.split('.') as [ValueType, EventRecord['intent']];
    const of = donors.get(valueType) ?? [];
    for (const { given, event } of of) add(given, { ...event, intent } as AppliedEvent);
    const value = withDefaults(valueType, {});
    if (of.length === 0) {
      const named = 'processInstanceKey' in value ? { ...value, processInstanceKey: 3n as Key } : value;
      add({}, { valueType, intent, key: 7n as Key, value: named } as AppliedEvent);
    }
  }
  return new Map([...found].map(([name, cases]) => [name, [...cases.values()]]));
}

function stateWith(rows: Rows): EngineState {
  const state = createEngineState();
  for (const part of state.store.parts) for (const row of rows[part.name] ?? []) part.load(row);
  return state;
}

function rowsOf({ store }: EngineState): Rows {
  const rows: Record<string, (readonly unknown[])[]> = {};
  for (const part of store.parts) if (part.size > 0) rows[part.name] = sorted([...part.copy()]);
  return rows;
}

function sorted(rows: (readonly unknown[])[]): (readonly unknown[])[] {
  return rows
    .map((row) => [textOf(row), row] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => row);
}

/** What the event adds and takes away: `+table row`, `-table row`. */
function changeOf(given: Rows, event: AppliedEvent): ReadonlySet<string> {
  const before = linesOf(given);
  const after = linesOf(rowsAfter(given, event));
  return new Set([
    ...[...before].filter((line) => !after.has(line)).map((line) => `-${line}`),
    ...[...after].filter((line) => !before.has(line)).map((line) => `+${line}`),
  ]);
}

function linesOf(rows: Rows): ReadonlySet<string> {
  return new Set(Object.entries(rows).flatMap(([name, of]) => of.map((row) => `${name} ${textOf(row)}`)));
}

/** Takes out one row after the other as long as the change stays the same. */
function smallest(given: Rows, event: AppliedEvent, change: ReadonlySet<string>): GoldenCase {
  const wanted = [...change].sort().join('\n');
  const isSame = (rows: Rows): boolean => [...changeOf(rows, event)].sort().join('\n') === wanted;
  let kept = given;
  for (const name of Object.keys(given)) {
    const without = { ...kept };
    delete without[name];
    if (isSame(without)) {
      kept = without;
      continue;
    }
    for (const row of given[name] ?? []) {
      const fewer = { ...kept, [name]: (kept[name] ?? []).filter((other) => other !== row) };
      if (isSame(fewer)) kept = fewer;
    }
  }
  return { given: kept, event, left: rowsAfter(kept, event) };
}

/** JSON with bigints as `12n`, fields by name. */
export function textOf(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_, one) => {
      if (typeof one === 'bigint') return `${one}n`;
      if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
      return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
    },
    indent,
  );
}

export function readText(text: string): unknown {
  return JSON.parse(text, (_, one) =>
    typeof one === 'string' && /^-?\d+n$/.test(one) ? BigInt(one.slice(0, -1)) : one,
  );
}
