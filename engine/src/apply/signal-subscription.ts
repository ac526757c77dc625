import { type Key, NO_KEY } from '../protocol/key.ts';
import type { SignalSubscriptionValue } from '../protocol/values/signal-subscription.ts';
import type { AppliersOf } from './applier.ts';

export const signalSubscriptionAppliers: AppliersOf<'SIGNAL_SUBSCRIPTION'> = {
  CREATED: (state, key, value) => {
    state.signalSubscriptions.set(value.signalName, key, value);
    state.signalSubscriptionsOf.set(ownerOf(value), key, value.signalName);
  },
  MIGRATED: (state, key, value) => state.signalSubscriptions.set(value.signalName, key, value),
  DELETED: (state, key, value) => {
    state.signalSubscriptions.delete(value.signalName, key);
    state.signalSubscriptionsOf.delete(ownerOf(value), key);
  },
};

function ownerOf({ catchEventInstanceKey, processDefinitionKey }: SignalSubscriptionValue): Key {
  return catchEventInstanceKey === NO_KEY ? processDefinitionKey : catchEventInstanceKey;
}
