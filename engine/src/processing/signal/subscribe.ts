import type { Key } from '../../protocol/key.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from '../element/behavior.ts';

/** Opens a subscription of an element instance for one of its events. */
export function awaitSignal(
  context: ProcessingContext,
  { key, value }: ElementStep,
  catchEventId: string,
  signalName: string,
): void {
  context.event('SIGNAL_SUBSCRIPTION', 'CREATED', context.nextKey(), {
    processDefinitionKey: value.processDefinitionKey,
    signalName,
    catchEventId,
    bpmnProcessId: value.bpmnProcessId,
    catchEventInstanceKey: key,
    tenantId: value.tenantId,
  });
}

/** Closes subscriptions of an element instance or of a process definition, for events that the filter names. */
export function stopAwaitingSignals(
  context: ProcessingContext,
  ownerKey: Key,
  isMeant: (elementId: string) => boolean,
): void {
  for (const [key, name] of [...context.state.signalSubscriptionsOf.of(ownerKey)]) {
    const subscription = context.state.signalSubscriptions.get(name, key);
    if (subscription !== undefined && isMeant(subscription.catchEventId)) {
      context.event('SIGNAL_SUBSCRIPTION', 'DELETED', key, subscription);
    }
  }
}
