import type { Key } from '../../protocol/key.ts';
import type { ProcessValue } from '../../protocol/values/process.ts';
import { NestedTable } from '../nested-table.ts';
import type { Store } from '../store.ts';
import { Table } from '../table.ts';

export function processTables(store: Store) {
  return {
    /** Every deployed version by its definition key. */
    processes: new Table<Key, ProcessValue>(store, 'processes'),
    /** Definition keys by process id and version. */
    processVersions: new NestedTable<string, number, Key>(store, 'processVersions'),
    latestVersions: new Table<string, number>(store, 'latestVersions'),
  };
}
