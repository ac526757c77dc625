import type { JsonText } from '../../protocol/document.ts';
import type { Key } from '../../protocol/key.ts';
import { NestedTable } from '../nested-table.ts';
import type { Store } from '../store.ts';
import { Table } from '../table.ts';

/** The body of a multi-instance activity: what it goes through, and how many of its instances have come how far. */
export type MultiInstanceRow = {
  readonly inputCollection: readonly JsonText[];
  readonly activated: number;
  readonly completed: number;
  readonly terminated: number;
  /** How many commands in a row had led to the body when it began; absent: an older version did not note it. */
  readonly chainLength?: number;
};

export function multiInstanceTables(store: Store) {
  return {
    /** By the body's key. */
    multiInstances: new Table<Key, MultiInstanceRow>(store, 'multiInstances'),
    /** Of instances inside a body: which they are, from 1 on. */
    loopCounters: new Table<Key, number>(store, 'loopCounters'),
    /** Results by the body's key and loop counter. */
    loopOutputs: new NestedTable<Key, number, JsonText>(store, 'loopOutputs'),
  };
}
