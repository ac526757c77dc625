import { type Key, NO_KEY } from '../protocol/key.ts';
import type { TimerValue } from '../protocol/values/timer.ts';
import type { WriteState } from '../state/engine-state.ts';
import type { AppliersOf } from './applier.ts';

export const timerAppliers: AppliersOf<'TIMER'> = {
  CREATED: (state, key, value) => {
    state.timers.set(key, value);
    state.timerDueDates.set(key, value.dueDate);
    state.timersOf.set(ownerOf(value), key, true);
  },
  TRIGGERED: remove,
  CANCELED: remove,
  MIGRATED: (state, key, value) => state.timers.set(key, value),
};

function remove(state: WriteState, key: Key, value: TimerValue): void {
  state.timers.delete(key);
  state.timerDueDates.delete(key);
  state.timersOf.delete(ownerOf(value), key);
}

function ownerOf({ elementInstanceKey, processDefinitionKey }: TimerValue): Key {
  return elementInstanceKey === NO_KEY ? processDefinitionKey : elementInstanceKey;
}
