import { EMPTY_DOCUMENT } from '../protocol/document.ts';
import { type Key, partitionOf } from '../protocol/key.ts';
import type { MessageSubscriptionValue } from '../protocol/values/message-subscription.ts';
import type { WriteState } from '../state/engine-state.ts';
import { messageIdentity } from '../state/tables/messages.ts';
import type { AppliersOf } from './applier.ts';
import { noteCorrelation, takeBackCorrelation } from './message-correlation.ts';

export const messageSubscriptionAppliers: AppliersOf<'MESSAGE_SUBSCRIPTION'> = {
  CREATED: (state, key, value) => {
    const { elementInstanceKey, messageName, correlationKey } = value;
    state.messageSubscriptions.set(elementInstanceKey, messageName, { key, value, isCorrelating: false });
    state.subscriptionsByIdentity.set(messageIdentity(messageName, correlationKey), key, elementInstanceKey);
  },
  CORRELATING: (state, key, value) => {
    const { elementInstanceKey, messageName, messageKey } = value;
    state.messageSubscriptions.set(elementInstanceKey, messageName, { key, value, isCorrelating: true });
    noteCorrelation(state, messageKey, value.bpmnProcessId);
    if (partitionOf(elementInstanceKey) !== partitionOf(key))
      state.pendingCorrelations.set(elementInstanceKey, messageName, true);
  },
  CORRELATED: (state, key, value) => {
    if (value.interrupting) {
      remove(state, key, value);
      return;
    }
    const { elementInstanceKey, messageName } = value;
    const kept = { ...value, variables: EMPTY_DOCUMENT };
    state.messageSubscriptions.set(elementInstanceKey, messageName, {
      key,
      value: kept,
      isCorrelating: false,
    });
    state.pendingCorrelations.delete(elementInstanceKey, messageName);
  },
  REJECTED: (state, key, value) => {
    remove(state, key, value);
    takeBackCorrelation(state, value.messageKey, value.bpmnProcessId);
  },
  DELETED: remove,
};

function remove(state: WriteState, key: Key, value: MessageSubscriptionValue): void {
  const { elementInstanceKey, messageName, correlationKey } = value;
  state.messageSubscriptions.delete(elementInstanceKey, messageName);
  state.subscriptionsByIdentity.delete(messageIdentity(messageName, correlationKey), key);
  state.pendingCorrelations.delete(elementInstanceKey, messageName);
}
