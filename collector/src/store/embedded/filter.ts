import type { DuckDBValue } from '@duckdb/node-api';
import type { Filter, View } from '../store.ts';
import { STATES } from './codes.ts';
import type { Names } from './names.ts';
import { CAUSAL_BIT, TEMPORAL_BIT } from './schema.ts';

/** A condition in SQL with its values, in the order of the question marks. */
export class Condition {
  readonly #parts: string[] = [];
  readonly values: DuckDBValue[] = [];

  and(sql: string, ...values: DuckDBValue[]): this {
    this.#parts.push(sql);
    this.values.push(...values);
    return this;
  }

  get sql(): string {
    return this.#parts.length === 0 ? 'TRUE' : this.#parts.join(' AND ');
  }

  get empty(): boolean {
    return this.#parts.length === 0;
  }
}

export const OPEN = STATES.indexOf('open');
export const STUCK = STATES.indexOf('stuck');

/** The state as of now, of a row of `instances`: what is open and overdue is stuck. */
export function stateSql(nowUs: number): string {
  return `CASE WHEN state = ${OPEN} AND due_us < ${Math.floor(nowUs)} THEN ${STUCK} ELSE state END`;
}

/** A number in SQL, or a list that no row is in. */
function numbers(list: readonly number[]): string {
  return list.length === 0 ? '(-1)' : `(${list.join(', ')})`;
}

/** Conditions on rows of `instances` (columns unqualified). */
export function filterCondition(filter: Filter, view: View, nowUs: number, names: Names): Condition {
  const condition = new Condition();
  if (filter.fromUs !== undefined) condition.and('start_us >= ?', filter.fromUs);
  if (filter.toUs !== undefined) condition.and('start_us < ?', filter.toUs);
  if (filter.state !== undefined) condition.and(`(${stateSql(nowUs)}) = ${STATES.indexOf(filter.state)}`);
  if (filter.minDurationUs !== undefined) condition.and('last_us - start_us >= ?', filter.minDurationUs);
  if (filter.maxDurationUs !== undefined) condition.and('last_us - start_us <= ?', filter.maxDurationUs);
  if (filter.service !== undefined) condition.and('services LIKE ?', `%,${names.find(filter.service)},%`);
  if (filter.activity !== undefined) {
    condition.and(
      `no IN (SELECT no FROM steps WHERE activity IN ${numbers(names.containing(filter.activity))})`,
    );
  }
  if (filter.notActivity !== undefined) {
    condition.and(
      `no NOT IN (SELECT no FROM steps WHERE activity IN ${numbers(names.containing(filter.notActivity))})`,
    );
  }
  if (filter.variant !== undefined) addVariant(condition, filter.variant, view);
  if (filter.key !== undefined) addKey(condition, filter.key, names);
  if (filter.edge !== undefined) {
    const bit = view === 'causal' ? CAUSAL_BIT : TEMPORAL_BIT;
    condition.and(
      `no IN (SELECT no FROM transitions WHERE from_activity = ? AND to_activity = ? AND views & ${bit} <> 0)`,
      names.find(filter.edge.from),
      names.find(filter.edge.to),
    );
  }
  for (const { name, value } of filter.attributes ?? []) addAttribute(condition, name, value);
  return condition;
}

function addVariant(condition: Condition, variant: string, view: View): void {
  if (/^[0-9a-f]{16}$/.test(variant))
    condition.and(`${view} = ?::UBIGINT`, BigInt(`0x${variant}`).toString());
  else condition.and('FALSE');
}

function addKey(condition: Condition, key: string, names: Names): void {
  const colon = key.indexOf(':');
  condition.and(
    'no IN (SELECT no FROM keys WHERE key_type = ? AND value = ?)',
    names.find(key.slice(0, colon)),
    key.slice(colon + 1),
  );
}

/** Any event of the instance has the attribute with this value, compared as text. */
function addAttribute(condition: Condition, name: string, value: string): void {
  const path = `$."${name.replaceAll('"', '\\"')}"`;
  condition.and(
    `no IN (SELECT m.no FROM members m JOIN events e ON e.no = m.event WHERE json_extract_string(e.attributes, ?) = ?)`,
    path,
    value,
  );
}
