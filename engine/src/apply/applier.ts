import type { Key } from '../protocol/key.ts';
import type { EventIntent, ValueOf, ValueType } from '../protocol/value-types.ts';
import type { WriteState } from '../state/engine-state.ts';

/**
 * Changes the state as the event says: the only code that does. It runs once when the event is written and again at
 * every replay, so it must depend on nothing but its arguments, and a released one must keep doing what it did.
 */
export type Applier<V extends ValueType> = (state: WriteState, key: Key, value: ValueOf<V>) => void;

/** One applier for each event of the value type. */
export type AppliersOf<V extends ValueType> = { readonly [I in EventIntent<V>]: Applier<V> };

/** For events that only tell what others have changed. */
export function changesNothing(): void {}
