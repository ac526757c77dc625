import type { AppliersOf } from './applier.ts';
import { interrupt } from './process-instance.ts';

export const multiInstanceAppliers: AppliersOf<'MULTI_INSTANCE'> = {
  INPUT_COLLECTION_EVALUATED: (state, key, { inputCollection, chainLength }) => {
    const noted = chainLength > 0 ? { chainLength } : {};
    state.multiInstances.set(key, { inputCollection, activated: 0, completed: 0, terminated: 0, ...noted });
  },
  OUTPUT_ELEMENT_EVALUATED: (state, key, { loopCounter, outputElement }) =>
    state.loopOutputs.set(key, loopCounter, outputElement),
  COMPLETION_CONDITION_MET: (state, key, { elementId }) => interrupt(state, key, elementId),
};
