import type { AppliersOf } from './applier.ts';

export const processEventAppliers: AppliersOf<'PROCESS_EVENT'> = {
  TRIGGERING: (state, key, { scopeKey, targetElementId, variables }) =>
    state.triggers.set(scopeKey, key, { targetElementId, variables }),
  TRIGGERED: (state, key, { scopeKey }) => state.triggers.delete(scopeKey, key),
};
