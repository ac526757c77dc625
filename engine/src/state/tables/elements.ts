import { type Key, NO_KEY } from '../../protocol/key.ts';
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

/** What an element instance is inside of: its scope, or the call activity that has called the process; -1: nothing. */
export function ownerOf(value: ProcessInstanceValue): Key {
  if (value.flowScopeKey !== NO_KEY) return value.flowScopeKey;
  return value.bpmnElementType === 'PROCESS' ? value.parentElementInstanceKey : NO_KEY;
}

/** The living part of all process instances: a tree of element instances. */
export function elementTables(store: Store) {
  return {
    elements: new Table<Key, ElementInstance>(store, 'elements'),
    /** Element instances by the one that they are inside of, see `ownerOf`. */
    children: new NestedTable<Key, Key, true>(store, 'children'),
    /** How often a flow was taken whose target has not begun yet, by scope and flow id. */
    takenFlows: new NestedTable<Key, string, number>(store, 'takenFlows'),
  };
}
