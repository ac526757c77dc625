import type { Key } from '../../protocol/key.ts';
import type { MessageValue } from '../../protocol/values/message.ts';
import type { MessageStartEventSubscriptionValue } from '../../protocol/values/message-start-event-subscription.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from '../element/behavior.ts';
import { startInstance } from '../process-instance/start.ts';
import { oldestMessage } from './correlate.ts';

/**
 * Starts an instance of every process whose newest version begins with the message; none where one runs that a message
 * with the same correlation key has started.
 */
export function startByMessage(context: ProcessingContext, messageKey: Key, message: MessageValue): void {
  const { state } = context;
  for (const subscription of state.messageStarts.of(message.name).values()) {
    const { bpmnProcessId } = subscription;
    if (state.messageCorrelations.has(messageKey, bpmnProcessId)) continue;
    if (state.startedInstances.has(bpmnProcessId, message.correlationKey)) continue;
    correlate(context, subscription, messageKey, message);
  }
}

/**
 * To be called before an instance is gone; what it returns, after. If a message with a correlation key has started it,
 * the oldest kept message with that key can now start the next.
 */
export function startOfNext(
  context: ProcessingContext,
  { key, value }: Pick<ElementStep, 'key' | 'value'>,
): () => void {
  const correlationKey = context.state.startCorrelationKeys.get(key);
  if (correlationKey === undefined) return () => {};
  return () => {
    const next = nextStart(context, value.bpmnProcessId, correlationKey);
    if (next !== undefined) correlate(context, next.subscription, next.key, next.message);
  };
}

type NextStart = {
  readonly key: Key;
  readonly message: MessageValue;
  readonly subscription: MessageStartEventSubscriptionValue;
};

/** The oldest of all kept messages that start the process's newest version. */
function nextStart(
  context: ProcessingContext,
  bpmnProcessId: string,
  correlationKey: string,
): NextStart | undefined {
  const { state } = context;
  const version = state.latestVersions.get(bpmnProcessId) ?? 0;
  const definitionKey = state.processVersions.get(bpmnProcessId, version);
  if (definitionKey === undefined) return undefined;
  let next: NextStart | undefined;
  for (const [subscriptionKey, name] of state.messageStartsOf.of(definitionKey)) {
    const subscription = state.messageStarts.get(name, subscriptionKey);
    const found = oldestMessage(context, name, correlationKey, bpmnProcessId);
    if (subscription === undefined || found === undefined) continue;
    if (next === undefined || found.key < next.key) next = { ...found, subscription };
  }
  return next;
}

function correlate(
  context: ProcessingContext,
  subscription: MessageStartEventSubscriptionValue,
  messageKey: Key,
  { correlationKey, variables }: MessageValue,
): void {
  const processInstanceKey = context.nextKey();
  const { processDefinitionKey, startEventId } = subscription;
  context.event('MESSAGE_START_EVENT_SUBSCRIPTION', 'CORRELATED', context.nextKey(), {
    ...subscription,
    processInstanceKey,
    messageKey,
    correlationKey,
    variables,
  });
  startInstance(context, processInstanceKey, processDefinitionKey, startEventId, variables);
}
