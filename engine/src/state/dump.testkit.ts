import type { ReadDueTable } from './due-table.ts';
import type { ReadState } from './engine-state.ts';
import type { ReadNestedTable } from './nested-table.ts';
import type { ReadTable, StateKey } from './table.ts';

type AnyTable =
  | ReadTable<StateKey, unknown>
  | ReadNestedTable<StateKey, StateKey, unknown>
  | ReadDueTable<StateKey>;

/** All rows of all tables in an order of their own, to compare states with. A copy that is being taken goes on. */
export function dumpState(state: ReadState): Record<string, string[]> {
  const dump: Record<string, string[]> = {};
  for (const [name, table] of Object.entries(state) as unknown as [string, AnyTable][]) {
    const rows = rowsOf(table);
    if (rows.length > 0) dump[name] = rows.map(rowText).sort();
  }
  return dump;
}

function rowsOf(table: AnyTable): unknown[][] {
  if ('entries' in table) return [...table.entries()];
  return [...table.keys()].flatMap((key) =>
    [...table.of(key)].map(([member, value]) => [key, member, value]),
  );
}

/** With the fields of objects by name: their order is no part of the state. */
function rowText(row: unknown): string {
  return JSON.stringify(row, (_, value) => {
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
