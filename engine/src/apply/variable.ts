import type { Key } from '../protocol/key.ts';
import type { VariableValue } from '../protocol/values/variable.ts';
import type { WriteState } from '../state/engine-state.ts';
import type { AppliersOf } from './applier.ts';

export const variableAppliers: AppliersOf<'VARIABLE'> = { CREATED: set, UPDATED: set };

function set(state: WriteState, key: Key, { scopeKey, name, value }: VariableValue): void {
  state.variables.set(scopeKey, name, { key, value });
}
