import { EMPTY_DOCUMENT } from '../protocol/document.ts';
import { type Key, partitionOf } from '../protocol/key.ts';
import type { ProcessMessageSubscriptionValue } from '../protocol/values/process-message-subscription.ts';
import type { WriteState } from '../state/engine-state.ts';
import type { ProcessMessageSubscription } from '../state/tables/messages.ts';
import type { AppliersOf } from './applier.ts';

export const processMessageSubscriptionAppliers: AppliersOf<'PROCESS_MESSAGE_SUBSCRIPTION'> = {
  CREATING: (state, key, value) => put(state, key, value, 'CREATING'),
  CREATED: (state, key, value) => put(state, key, value, 'CREATED'),
  CORRELATED: (state, key, value) => {
    if (!value.interrupting) put(state, key, value, 'CREATED');
    else if (isElsewhere(key, value)) put(state, key, value, 'CORRELATED');
    else remove(state, value);
  },
  DELETING: (state, key, value) => put(state, key, value, 'DELETING'),
  DELETED: (state, _key, value) => remove(state, value),
  MIGRATED: (state, _key, value) => {
    const { elementInstanceKey, messageName } = value;
    const found = state.processMessageSubscriptions.get(elementInstanceKey, messageName);
    if (found === undefined) return;
    state.processMessageSubscriptions.set(elementInstanceKey, messageName, { ...found, value });
  },
};

function put(
  state: WriteState,
  key: Key,
  value: ProcessMessageSubscriptionValue,
  to: ProcessMessageSubscription['state'],
): void {
  const { elementInstanceKey, messageName } = value;
  const kept = value.variables === EMPTY_DOCUMENT ? value : { ...value, variables: EMPTY_DOCUMENT };
  state.processMessageSubscriptions.set(elementInstanceKey, messageName, { key, value: kept, state: to });
  if (to !== 'CREATED' && isElsewhere(key, value))
    state.pendingSubscriptions.set(elementInstanceKey, messageName, true);
  else state.pendingSubscriptions.delete(elementInstanceKey, messageName);
}

function remove(
  state: WriteState,
  { elementInstanceKey, messageName }: ProcessMessageSubscriptionValue,
): void {
  state.processMessageSubscriptions.delete(elementInstanceKey, messageName);
  state.pendingSubscriptions.delete(elementInstanceKey, messageName);
}

/** Commands to the own partition are follow-ups: they can't be lost, and come once. */
function isElsewhere(key: Key, { subscriptionPartitionId }: ProcessMessageSubscriptionValue): boolean {
  return subscriptionPartitionId !== partitionOf(key);
}
