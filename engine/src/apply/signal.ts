import { partitionOf } from '../protocol/key.ts';
import type { AppliersOf } from './applier.ts';

export const signalAppliers: AppliersOf<'SIGNAL'> = {
  BROADCASTED: (state, key, { finishedBefore }) => {
    const from = partitionOf(key);
    for (const received of [...state.receivedSignals.of(from).keys()]) {
      if (received < finishedBefore) state.receivedSignals.delete(from, received);
    }
    state.receivedSignals.set(from, key, true);
  },
};
