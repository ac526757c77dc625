import type { Key } from '../../protocol/key.ts';
import { messagePartitionOf } from '../../protocol/message-partition.ts';
import { withDefaults } from '../../protocol/value-types.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from '../element/behavior.ts';
import { tellMessagePartition } from './commands.ts';

/** What an element instance waits for at one of its events. */
export type AwaitedMessage = {
  readonly elementId: string;
  readonly messageName: string;
  readonly correlationKey: string;
  /** Whether the first message ends the waiting. */
  readonly interrupting: boolean;
};

/** Opens a subscription, here and on the partition of the message. */
export function awaitMessage(
  context: ProcessingContext,
  { key, value }: ElementStep,
  awaited: AwaitedMessage,
): void {
  const subscriptionPartitionId = messagePartitionOf(awaited.correlationKey, context.partitions);
  const subscription = withDefaults('PROCESS_MESSAGE_SUBSCRIPTION', {
    ...awaited,
    processInstanceKey: value.processInstanceKey,
    elementInstanceKey: key,
    bpmnProcessId: value.bpmnProcessId,
    tenantId: value.tenantId,
    subscriptionPartitionId,
  });
  const subscriptionKey = context.nextKey();
  context.event('PROCESS_MESSAGE_SUBSCRIPTION', 'CREATING', subscriptionKey, subscription);
  tellMessagePartition(context, { key: subscriptionKey, value: subscription, state: 'CREATING' });
}

/** Closes the element instance's subscriptions for events that the filter names. */
export function stopAwaitingMessages(
  context: ProcessingContext,
  elementInstanceKey: Key,
  isMeant: (elementId: string) => boolean,
): void {
  for (const subscription of [...context.state.processMessageSubscriptions.of(elementInstanceKey).values()]) {
    const { key, value, state } = subscription;
    if (state === 'DELETING' || state === 'CORRELATED' || !isMeant(value.elementId)) continue;
    context.event('PROCESS_MESSAGE_SUBSCRIPTION', 'DELETING', key, value);
    tellMessagePartition(context, { key, value, state: 'DELETING' });
  }
}
