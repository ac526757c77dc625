import { NO_KEY } from '../protocol/key.ts';
import type { AppliersOf } from './applier.ts';

export const errorAppliers: AppliersOf<'ERROR'> = {
  CREATED: (state, _key, { processInstanceKey }) => {
    if (processInstanceKey !== NO_KEY) state.bannedInstances.set(processInstanceKey, true);
  },
};
