import type { Key } from '../../protocol/key.ts';
import type { MessageValue } from '../../protocol/values/message.ts';
import type { MessageSubscriptionValue } from '../../protocol/values/message-subscription.ts';
import { type MessageSubscription, messageIdentity } from '../../state/tables/messages.ts';
import type { ProcessingContext } from '../context.ts';
import { sendTo } from '../send.ts';
import { correlationCommand } from './commands.ts';

/** Gives the message to everyone who waits for it: to one instance of each process that has not had it. */
export function correlateToSubscriptions(
  context: ProcessingContext,
  messageKey: Key,
  message: MessageValue,
): void {
  const { state } = context;
  const correlating: MessageSubscription[] = [];
  const processes = new Set(state.messageCorrelations.of(messageKey).keys());
  for (const subscription of waitingFor(context, message)) {
    const { bpmnProcessId } = subscription.value;
    if (subscription.isCorrelating || processes.has(bpmnProcessId)) continue;
    processes.add(bpmnProcessId);
    correlating.push(begin(context, subscription, messageKey, message));
  }
  for (const subscription of correlating) sendCorrelation(context, subscription);
}

/** Gives the message, which an instance did not take, to another instance of the same process. */
export function correlateAgain(context: ProcessingContext, messageKey: Key, bpmnProcessId: string): void {
  const message = context.state.messages.get(messageKey);
  if (message === undefined || message.deadline <= context.nowMs) return;
  for (const subscription of waitingFor(context, message)) {
    if (subscription.isCorrelating || subscription.value.bpmnProcessId !== bpmnProcessId) continue;
    sendCorrelation(context, begin(context, subscription, messageKey, message));
    return;
  }
}

/** Gives the subscription the oldest kept message that its process has not had. False when there is none. */
export function correlateNextMessage(context: ProcessingContext, subscription: MessageSubscription): boolean {
  const { messageName, correlationKey, bpmnProcessId } = subscription.value;
  const found = oldestMessage(context, messageName, correlationKey, bpmnProcessId);
  if (found === undefined) return false;
  sendCorrelation(context, begin(context, subscription, found.key, found.message));
  return true;
}

/** The oldest kept message that the process has not had. */
export function oldestMessage(
  { state, nowMs }: ProcessingContext,
  name: string,
  correlationKey: string,
  bpmnProcessId: string,
): { readonly key: Key; readonly message: MessageValue } | undefined {
  for (const key of state.messagesByIdentity.ahead(messageIdentity(name, correlationKey), bpmnProcessId)) {
    if (state.messageCorrelations.has(key, bpmnProcessId)) continue;
    const message = state.messages.get(key);
    if (message !== undefined && message.deadline > nowMs) return { key, message };
  }
  return undefined;
}

/** Subscriptions for the message, the oldest first. */
function waitingFor({ state }: ProcessingContext, message: MessageValue): MessageSubscription[] {
  const { name, correlationKey } = message;
  const found = [...state.subscriptionsByIdentity.of(messageIdentity(name, correlationKey))].sort(
    ([a], [b]) => (a < b ? -1 : 1),
  );
  return found.flatMap(([, elementInstanceKey]) => {
    const subscription = state.messageSubscriptions.get(elementInstanceKey, name);
    return subscription === undefined ? [] : [subscription];
  });
}

function begin(
  context: ProcessingContext,
  { key, value }: MessageSubscription,
  messageKey: Key,
  { variables }: MessageValue,
): MessageSubscription {
  const correlating: MessageSubscriptionValue = { ...value, messageKey, variables };
  context.event('MESSAGE_SUBSCRIPTION', 'CORRELATING', key, correlating);
  return { key, value: correlating, isCorrelating: true };
}

function sendCorrelation(context: ProcessingContext, subscription: MessageSubscription): void {
  const { partitionId, value } = correlationCommand(subscription);
  sendTo(context, partitionId, 'PROCESS_MESSAGE_SUBSCRIPTION', 'CORRELATE', value);
}
