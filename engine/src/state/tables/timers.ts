import type { Key } from '../../protocol/key.ts';
import type { TimerValue } from '../../protocol/values/timer.ts';
import { DueTable } from '../due-table.ts';
import { NestedTable } from '../nested-table.ts';
import type { Store } from '../store.ts';
import { Table } from '../table.ts';

export function timerTables(store: Store) {
  return {
    timers: new Table<Key, TimerValue>(store, 'timers'),
    timerDueDates: new DueTable<Key>(store, 'timerDueDates'),
    /** Timers by the element instance that waits, or by the process definition that they start. */
    timersOf: new NestedTable<Key, Key, true>(store, 'timersOf'),
  };
}
