import type { AppliersOf } from './applier.ts';
import { noteCorrelation } from './message-correlation.ts';

export const messageStartEventSubscriptionAppliers: AppliersOf<'MESSAGE_START_EVENT_SUBSCRIPTION'> = {
  CREATED: (state, key, value) => {
    state.messageStarts.set(value.messageName, key, value);
    state.messageStartsOf.set(value.processDefinitionKey, key, value.messageName);
  },
  CORRELATED: (state, _key, { bpmnProcessId, processInstanceKey, messageKey, correlationKey }) => {
    noteCorrelation(state, messageKey, bpmnProcessId);
    if (correlationKey === '') return;
    state.startedInstances.set(bpmnProcessId, correlationKey, processInstanceKey);
    state.startCorrelationKeys.set(processInstanceKey, correlationKey);
  },
  DELETED: (state, key, { messageName, processDefinitionKey }) => {
    state.messageStarts.delete(messageName, key);
    state.messageStartsOf.delete(processDefinitionKey, key);
  },
};
