import { type Document, type JsonText, joinDocument } from '../protocol/document.ts';
import { type Key, NO_KEY } from '../protocol/key.ts';
import type { ReadState } from './engine-state.ts';
import { ownerOf } from './tables/elements.ts';

/** The scope and those around it, innermost first. A process that was called does not see its caller's variables. */
export function* scopesFrom(state: ReadState, scopeKey: Key): IterableIterator<Key> {
  let at = scopeKey;
  while (at !== NO_KEY) {
    yield at;
    at = state.elements.get(at)?.value.flowScopeKey ?? NO_KEY;
  }
}

/** The same, and on through the call activities that have called the process, up to the outermost process. */
export function* scopesAndCallersFrom(state: ReadState, scopeKey: Key): IterableIterator<Key> {
  let at = scopeKey;
  while (at !== NO_KEY) {
    yield at;
    const instance = state.elements.get(at);
    at = instance === undefined ? NO_KEY : ownerOf(instance.value);
  }
}

/** The variable as an element instance sees it: its own, else that of the nearest scope around it. */
export function visibleVariable(state: ReadState, scopeKey: Key, name: string): JsonText | undefined {
  for (const scope of scopesFrom(state, scopeKey)) {
    const found = state.variables.get(scope, name);
    if (found !== undefined) return found.value;
  }
  return undefined;
}

/** All variables that an element instance sees, or those of these names. */
export function visibleVariables(state: ReadState, scopeKey: Key, names?: ReadonlySet<string>): Document {
  return joinDocument(visibleEntries(state, scopeKey, 'all', names));
}

/** The variables that an element instance has itself. */
export function localVariables(state: ReadState, scopeKey: Key): Document {
  return joinDocument(visibleEntries(state, scopeKey, 'own'));
}

/** Names and values of all variables that an element instance sees, or of its own. */
export function visibleEntries(
  state: ReadState,
  scopeKey: Key,
  which: 'all' | 'own',
  names?: ReadonlySet<string>,
): ReadonlyMap<string, JsonText> {
  const found = new Map<string, JsonText>();
  for (const scope of which === 'all' ? scopesFrom(state, scopeKey) : [scopeKey]) {
    for (const [name, { value }] of state.variables.of(scope)) {
      if (!found.has(name) && (names?.has(name) ?? true)) found.set(name, value);
    }
  }
  return found;
}
