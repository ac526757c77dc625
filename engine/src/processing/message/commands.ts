/**
 * The exchange between the partition of a message (the hash of its correlation key) and that of a process instance:
 *
 *     instance: CREATING   → MESSAGE_SUBSCRIPTION CREATE    → message: CREATED, or CORRELATING at once
 *     message:  CREATED    → PROCESS_…_SUBSCRIPTION CREATE  → instance: CREATED
 *     message:  CORRELATING → PROCESS_… CORRELATE           → instance: CORRELATED, or REJECT
 *     instance: CORRELATED → MESSAGE_SUBSCRIPTION CORRELATE → message: CORRELATED, and DELETE if it ends
 *     instance: DELETING   → MESSAGE_SUBSCRIPTION DELETE    → message: DELETED → PROCESS_… DELETE → instance: DELETED
 *
 * Between two partitions a command may be lost and may come again; each is repeated until the next one answers it.
 */
import { EMPTY_DOCUMENT } from '../../protocol/document.ts';
import { type Key, NO_KEY, partitionOf } from '../../protocol/key.ts';
import { withDefaults } from '../../protocol/value-types.ts';
import type { MessageSubscriptionValue } from '../../protocol/values/message-subscription.ts';
import type { ProcessMessageSubscriptionValue } from '../../protocol/values/process-message-subscription.ts';
import type { MessageSubscription, ProcessMessageSubscription } from '../../state/tables/messages.ts';
import type { ProcessingContext } from '../context.ts';
import { sendTo } from '../send.ts';

type ToMessage = {
  readonly partitionId: number;
  readonly intent: 'CREATE' | 'CORRELATE' | 'DELETE';
  readonly value: MessageSubscriptionValue;
};

/** What the instance's half waits for an answer to. */
export function commandToMessagePartition({ value, state }: ProcessMessageSubscription): ToMessage {
  const { processInstanceKey, elementInstanceKey, bpmnProcessId, messageName, interrupting, tenantId } =
    value;
  const known = {
    processInstanceKey,
    elementInstanceKey,
    bpmnProcessId,
    messageName,
    interrupting,
    tenantId,
  };
  const partitionId = value.subscriptionPartitionId;
  const { messageKey, correlationKey } = value;
  if (state === 'CREATING') {
    const command = withDefaults('MESSAGE_SUBSCRIPTION', { ...known, correlationKey });
    return { partitionId, intent: 'CREATE', value: command };
  }
  const intent = state === 'DELETING' ? 'DELETE' : 'CORRELATE';
  return { partitionId, intent, value: withDefaults('MESSAGE_SUBSCRIPTION', { ...known, messageKey }) };
}

/** Sends it. */
export function tellMessagePartition(
  context: ProcessingContext,
  subscription: ProcessMessageSubscription,
): void {
  const { partitionId, intent, value } = commandToMessagePartition(subscription);
  sendTo(context, partitionId, 'MESSAGE_SUBSCRIPTION', intent, value);
}

/** Tells the message's partition that the message was not taken: it may go to another instance. */
export function rejectCorrelation(
  context: ProcessingContext,
  value: ProcessMessageSubscriptionValue,
  messagePartitionId: number,
): void {
  const { processInstanceKey, elementInstanceKey, bpmnProcessId, messageName, messageKey } = value;
  const { correlationKey, tenantId } = value;
  const known = { processInstanceKey, elementInstanceKey, bpmnProcessId, messageName, messageKey };
  const command = withDefaults('MESSAGE_SUBSCRIPTION', { ...known, correlationKey, tenantId });
  sendTo(context, messagePartitionId, 'MESSAGE_SUBSCRIPTION', 'REJECT', command);
}

type ToInstance = { readonly partitionId: number; readonly value: ProcessMessageSubscriptionValue };

/** PROCESS_MESSAGE_SUBSCRIPTION CORRELATE for a subscription that is correlating. */
export function correlationCommand({ value }: Pick<MessageSubscription, 'value'>): ToInstance {
  const { processInstanceKey, elementInstanceKey, bpmnProcessId, messageName, correlationKey } = value;
  const { interrupting, messageKey, variables, tenantId } = value;
  const command = withDefaults('PROCESS_MESSAGE_SUBSCRIPTION', {
    processInstanceKey,
    elementInstanceKey,
    bpmnProcessId,
    messageName,
    correlationKey,
    interrupting,
    messageKey,
    variables,
    tenantId,
  });
  return { partitionId: partitionOf(elementInstanceKey), value: command };
}

/** Acknowledges a `CREATE` or `DELETE`. */
export function answerInstancePartition(
  context: ProcessingContext,
  intent: 'CREATE' | 'DELETE',
  value: MessageSubscriptionValue,
): void {
  const { processInstanceKey, elementInstanceKey, messageName, interrupting, tenantId } = value;
  const known = { processInstanceKey, elementInstanceKey, messageName, interrupting, tenantId };
  const answer = withDefaults('PROCESS_MESSAGE_SUBSCRIPTION', known);
  sendTo(context, partitionOf(elementInstanceKey), 'PROCESS_MESSAGE_SUBSCRIPTION', intent, answer);
}

/** The subscription without its last message. */
export function withoutMessage(value: MessageSubscriptionValue): MessageSubscriptionValue {
  return { ...value, messageKey: NO_KEY as Key, variables: EMPTY_DOCUMENT };
}
