import type { Key } from '../../protocol/key.ts';
import type { ProcessInstanceValue } from '../../protocol/values/process-instance.ts';
import { NestedTable } from '../nested-table.ts';
import type { Store } from '../store.ts';
import { Table } from '../table.ts';

/** Where an element instance is in its life. There is no row of one that has completed or was terminated. */
export type ElementState = 'ACTIVATING' | 'ACTIVATED' | 'COMPLETING' | 'TERMINATING';

export type ElementInstance = {
  readonly value: ProcessInstanceValue;
  readonly state: ElementState;
  /** -1 without one. */
  readonly jobKey: Key;
};

/** The living part of all process instances: a tree of element instances. */
export function elementTables(store: Store) {
  return {
    elements: new Table<Key, ElementInstance>(store, 'elements'),
    /** Element instances by the one around them. */
    children: new NestedTable<Key, Key, true>(store, 'children'),
    /** How often a flow was taken whose target has not begun yet, by scope and flow id. */
    takenFlows: new NestedTable<Key, string, number>(store, 'takenFlows'),
  };
}
