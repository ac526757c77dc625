import type { AppliersOf } from './applier.ts';

export const commandDistributionAppliers: AppliersOf<'COMMAND_DISTRIBUTION'> = {
  STARTED: (state, key, value) => state.distributions.set(key, value),
  DISTRIBUTING: (state, key, { partitionId }) => state.pendingDistributions.set(key, partitionId, true),
  ACKNOWLEDGED: (state, key, { partitionId }) => state.pendingDistributions.delete(key, partitionId),
  FINISHED: (state, key) => state.distributions.delete(key),
};
