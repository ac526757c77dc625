/** The message partition's half of a subscription: commands that come from the partition of the process instance. */
import { partitionOf } from '../../protocol/key.ts';
import type { MessageSubscriptionValue } from '../../protocol/values/message-subscription.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { answerInstancePartition, withoutMessage } from './commands.ts';
import { correlateAgain, correlateNextMessage } from './correlate.ts';

type Subscription = Command<'MESSAGE_SUBSCRIPTION'>;

/** MESSAGE_SUBSCRIPTION CREATE: takes the oldest kept message at once, which then is the answer. */
export function createMessageSubscription(
  context: ProcessingContext,
  { value }: Subscription,
): Rejection | void {
  const { elementInstanceKey, messageName } = value;
  if (context.state.messageSubscriptions.has(elementInstanceKey, messageName)) {
    answerInstancePartition(context, 'CREATE', value);
    if (!isFromElsewhere(context, value)) return; // the answer is a record of this step
    return refused(value, 'INVALID_STATE', 'create', 'such a subscription is already open');
  }
  if (!isFromElsewhere(context, value) && !isStillWanted(context, value)) {
    return refused(value, 'NOT_FOUND', 'create', 'nothing waits for the message any more');
  }
  const key = context.nextKey();
  context.event('MESSAGE_SUBSCRIPTION', 'CREATED', key, value);
  const isCorrelated = correlateNextMessage(context, { key, value, isCorrelating: false });
  if (!isCorrelated) answerInstancePartition(context, 'CREATE', value);
}

/** MESSAGE_SUBSCRIPTION CORRELATE: the instance has taken the message. */
export function completeCorrelation(context: ProcessingContext, { value }: Subscription): Rejection | void {
  const { elementInstanceKey, messageName } = value;
  const subscription = context.state.messageSubscriptions.get(elementInstanceKey, messageName);
  if (subscription === undefined) {
    if (value.interrupting && isFromElsewhere(context, value))
      answerInstancePartition(context, 'DELETE', value);
    return refused(value, 'NOT_FOUND', 'correlate', 'no such subscription was found');
  }
  if (!subscription.isCorrelating || subscription.value.messageKey !== value.messageKey) {
    return refused(value, 'INVALID_STATE', 'correlate', 'it is not correlating this message');
  }
  const { key } = subscription;
  context.event('MESSAGE_SUBSCRIPTION', 'CORRELATED', key, subscription.value);
  if (!subscription.value.interrupting) {
    const again = { key, value: withoutMessage(subscription.value), isCorrelating: false };
    correlateNextMessage(context, again);
  } else if (isFromElsewhere(context, value)) {
    answerInstancePartition(context, 'DELETE', value);
  }
}

/** MESSAGE_SUBSCRIPTION REJECT: the instance could not take the message and waits no more; another may have it. */
export function rejectMessage(context: ProcessingContext, { value }: Subscription): Rejection | void {
  const { elementInstanceKey, messageName, messageKey } = value;
  const subscription = context.state.messageSubscriptions.get(elementInstanceKey, messageName);
  if (!subscription?.isCorrelating || subscription.value.messageKey !== messageKey) {
    return refused(value, 'NOT_FOUND', 'reject', 'it is not correlating this message');
  }
  context.event('MESSAGE_SUBSCRIPTION', 'REJECTED', subscription.key, subscription.value);
  correlateAgain(context, messageKey, subscription.value.bpmnProcessId);
}

/** MESSAGE_SUBSCRIPTION DELETE: nothing waits any more. `messageKey` is the last message that was taken. */
export function deleteMessageSubscription(
  context: ProcessingContext,
  { value }: Subscription,
): Rejection | void {
  const { elementInstanceKey, messageName, messageKey } = value;
  const subscription = context.state.messageSubscriptions.get(elementInstanceKey, messageName);
  answerInstancePartition(context, 'DELETE', value);
  if (subscription === undefined) {
    if (!isFromElsewhere(context, value)) return;
    return refused(value, 'NOT_FOUND', 'delete', 'no such subscription was found');
  }
  const isUntaken = subscription.isCorrelating && subscription.value.messageKey !== messageKey;
  if (isUntaken) context.event('MESSAGE_SUBSCRIPTION', 'REJECTED', subscription.key, subscription.value);
  context.event('MESSAGE_SUBSCRIPTION', 'DELETED', subscription.key, withoutMessage(subscription.value));
  if (isUntaken) correlateAgain(context, subscription.value.messageKey, subscription.value.bpmnProcessId);
}

/**
 * Between partitions no command passes another, but within one a DELETE may be processed, and even answered, while the
 * CREATE before it is left over from its step.
 */
function isStillWanted({ state }: ProcessingContext, value: MessageSubscriptionValue): boolean {
  const { elementInstanceKey, messageName } = value;
  return state.processMessageSubscriptions.get(elementInstanceKey, messageName)?.state === 'CREATING';
}

function isFromElsewhere({ partitionId }: ProcessingContext, value: MessageSubscriptionValue): boolean {
  return partitionOf(value.elementInstanceKey) !== partitionId;
}

function refused(
  { elementInstanceKey, messageName }: MessageSubscriptionValue,
  type: Rejection['type'],
  to: string,
  why: string,
): Rejection {
  const subscription = `message subscription for element with key '${elementInstanceKey}' and message name '${messageName}'`;
  return rejection(type, `Expected to ${to} ${subscription}, but ${why}`);
}
