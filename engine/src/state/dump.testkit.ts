import type { ReadState } from './engine-state.ts';

/** All rows of all tables in an order of their own, to compare states with. */
export function dumpState(state: ReadState): Record<string, string[]> {
  const dump: Record<string, string[]> = {};
  for (const [name, table] of Object.entries(state)) {
    const rows = [...(table as unknown as { copy(): Iterable<unknown> }).copy()];
    if (rows.length > 0) dump[name] = [...new Set(rows.map(rowText))].sort();
  }
  return dump;
}

/** With the fields of objects by name: their order is no part of the state. */
function rowText(row: unknown): string {
  return JSON.stringify(row, (_, value) => {
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
