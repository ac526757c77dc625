import type { JsonText } from '../../protocol/document.ts';
import type { Key } from '../../protocol/key.ts';
import { NestedTable } from '../nested-table.ts';
import type { Store } from '../store.ts';

export type Variable = { readonly key: Key; readonly value: JsonText };

export function variableTables(store: Store) {
  return {
    /** By scope (an element instance) and name. */
    variables: new NestedTable<Key, string, Variable>(store, 'variables'),
  };
}
