/** The process instance's half of a subscription: commands that come from the partition of the message. */
import { partitionOf } from '../../protocol/key.ts';
import type { ProcessMessageSubscriptionValue } from '../../protocol/values/process-message-subscription.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { canTrigger, triggerEvent } from '../element/trigger-event.ts';
import { rejectCorrelation, tellMessagePartition } from './commands.ts';

type Subscription = Command<'PROCESS_MESSAGE_SUBSCRIPTION'>;

/** PROCESS_MESSAGE_SUBSCRIPTION CREATE: the message's partition knows of the subscription. */
export function acknowledgeSubscription(
  context: ProcessingContext,
  { value }: Subscription,
): Rejection | void {
  const subscription = find(context, value);
  if (subscription?.state !== 'CREATING') return refused(value, 'create', 'it is not being created');
  context.event('PROCESS_MESSAGE_SUBSCRIPTION', 'CREATED', subscription.key, subscription.value);
}

/** PROCESS_MESSAGE_SUBSCRIPTION DELETE: the message's partition does not know of the subscription any more. */
export function forgetSubscription(context: ProcessingContext, { value }: Subscription): Rejection | void {
  const subscription = find(context, value);
  if (subscription?.state !== 'DELETING' && subscription?.state !== 'CORRELATED') {
    return refused(value, 'delete', 'it is not being deleted');
  }
  context.event('PROCESS_MESSAGE_SUBSCRIPTION', 'DELETED', subscription.key, subscription.value);
}

/** PROCESS_MESSAGE_SUBSCRIPTION CORRELATE: lets the event go on with the message, once, or says that it does not. */
export function correlateMessage(context: ProcessingContext, { value }: Subscription): Rejection | void {
  const { elementInstanceKey, messageKey, variables } = value;
  const subscription = find(context, value);
  const messagePartitionId = partitionOf(messageKey);
  const isFromHere = messagePartitionId === context.partitionId;
  if (subscription?.value.messageKey === messageKey && subscription.state !== 'DELETING') {
    tellMessagePartition(context, { ...subscription, state: 'CORRELATED' });
    return isFromHere ? undefined : refused(value, 'correlate', 'this message was correlated before');
  }
  const isOpen = subscription?.state === 'CREATING' || subscription?.state === 'CREATED';
  if (!isOpen || !canTrigger(context, elementInstanceKey, subscription.value.elementId)) {
    rejectCorrelation(context, value, messagePartitionId);
    return isFromHere ? undefined : refused(value, 'correlate', 'nothing waits for the message any more');
  }
  const correlated = { ...subscription.value, messageKey, variables };
  context.event('PROCESS_MESSAGE_SUBSCRIPTION', 'CORRELATED', subscription.key, correlated);
  triggerEvent(context, elementInstanceKey, correlated.elementId, variables);
  tellMessagePartition(context, { key: subscription.key, value: correlated, state: 'CORRELATED' });
}

function find({ state }: ProcessingContext, value: ProcessMessageSubscriptionValue) {
  return state.processMessageSubscriptions.get(value.elementInstanceKey, value.messageName);
}

function refused(value: ProcessMessageSubscriptionValue, to: string, why: string): Rejection {
  const { elementInstanceKey, messageName } = value;
  const subscription = `process message subscription for element with key '${elementInstanceKey}' and message name '${messageName}'`;
  return rejection('INVALID_STATE', `Expected to ${to} ${subscription}, but ${why}`);
}
