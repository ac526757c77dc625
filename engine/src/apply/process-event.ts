import type { AppliersOf } from './applier.ts';

export const processEventAppliers: AppliersOf<'PROCESS_EVENT'> = {
  TRIGGERING: (state, key, { scopeKey, targetElementId, variables, interruptsScope }) => {
    state.triggers.set(scopeKey, key, { targetElementId, variables });
    if (!interruptsScope) return;
    state.interruptedScopes.set(scopeKey, targetElementId);
    state.takenFlows.deleteAll(scopeKey);
  },
  TRIGGERED: (state, key, { scopeKey }) => state.triggers.delete(scopeKey, key),
};
