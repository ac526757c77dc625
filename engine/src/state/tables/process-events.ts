import type { Document } from '../../protocol/document.ts';
import type { Key } from '../../protocol/key.ts';
import { NestedTable } from '../nested-table.ts';
import type { Store } from '../store.ts';
import { Table } from '../table.ts';

export type Trigger = { readonly targetElementId: string; readonly variables: Document };

export function processEventTables(store: Store) {
  return {
    /** What has triggered an element instance and was not yet taken up, by its key and the event's. */
    triggers: new NestedTable<Key, Key, Trigger>(store, 'triggers'),
    /**
     * Scopes in which all has ended or is ending, with the id of what ended it; if that is the start event of an event
     * sub-process, all but this.
     */
    interruptedScopes: new Table<Key, string>(store, 'interruptedScopes'),
  };
}
