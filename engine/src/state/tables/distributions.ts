import type { Key } from '../../protocol/key.ts';
import type { CommandDistributionValue } from '../../protocol/values/command-distribution.ts';
import { NestedTable } from '../nested-table.ts';
import type { Store } from '../store.ts';
import { Table } from '../table.ts';

export function distributionTables(store: Store) {
  return {
    /** Commands that not all partitions have processed yet. */
    distributions: new Table<Key, CommandDistributionValue>(store, 'distributions'),
    /** Who has not, by key of the distribution and partition id. */
    pendingDistributions: new NestedTable<Key, number, true>(store, 'pendingDistributions'),
  };
}
