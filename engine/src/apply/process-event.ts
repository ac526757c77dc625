import type { AppliersOf } from './applier.ts';
import { interrupt } from './process-instance.ts';

export const processEventAppliers: AppliersOf<'PROCESS_EVENT'> = {
  TRIGGERING: (state, key, { scopeKey, targetElementId, variables, interruptsScope }) => {
    state.triggers.set(scopeKey, key, { targetElementId, variables });
    if (interruptsScope) interrupt(state, scopeKey, targetElementId);
  },
  TRIGGERED: (state, key, { scopeKey }) => state.triggers.delete(scopeKey, key),
};
