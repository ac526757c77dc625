import type { Document } from '../../protocol/document.ts';
import { type Key, NO_KEY, partitionOf } from '../../protocol/key.ts';
import type { SignalValue } from '../../protocol/values/signal.ts';
import type { SignalSubscriptionValue } from '../../protocol/values/signal-subscription.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { acknowledge, distribute, isDistributed } from '../distribution/distribute.ts';
import { canTrigger, triggerEvent } from '../element/trigger-event.ts';
import { startInstance } from '../process-instance/start.ts';

/** So many who wait are told in one command; were all in one step, its batch might be too large. */
const DELIVERED_AT_ONCE = 50;

/**
 * SIGNAL BROADCAST: to everyone who waits for it now, on all partitions. Processes that it starts are started by the
 * partition that got it first.
 */
export function broadcastSignal(context: ProcessingContext, command: Command<'SIGNAL'>): Rejection | void {
  if (isDistributed(context, command.key)) return receiveSignal(context, command);
  const { signalName } = command.value;
  if (signalName === '') {
    return rejection('INVALID_ARGUMENT', 'Expected to broadcast a signal with a name, but it was blank');
  }
  const key = context.nextKey();
  const value = { ...command.value, finishedBefore: oldestUnfinished(context, key) };
  context.event('SIGNAL', 'BROADCASTED', key, value);
  context.answer('SIGNAL', 'BROADCASTED', key, value);
  deliver(context, value, subscriptionsOf(context, signalName));
  distribute(context, key, 'SIGNAL', 'BROADCAST', value);
}

function receiveSignal(context: ProcessingContext, { key, value }: Command<'SIGNAL'>): Rejection | void {
  acknowledge(context, key);
  if (context.state.receivedSignals.has(partitionOf(key), key)) {
    return rejection('ALREADY_EXISTS', `Expected signal '${key}' to be new, but it was broadcasted before`);
  }
  context.event('SIGNAL', 'BROADCASTED', key, value);
  const waiting = subscriptionsOf(context, value.signalName);
  deliver(
    context,
    value,
    waiting.filter(([, { catchEventInstanceKey }]) => catchEventInstanceKey !== NO_KEY),
  );
}

/** SIGNAL DELIVER: to some of those who waited when it was broadcast; who has gone on meanwhile is left out. */
export function deliverSignal(context: ProcessingContext, { value }: Command<'SIGNAL'>): Rejection | void {
  let told = 0;
  for (const key of value.subscriptionKeys) {
    const subscription = context.state.signalSubscriptions.get(value.signalName, key);
    if (subscription !== undefined && tell(context, subscription, value.variables)) told += 1;
  }
  if (told > 0) return;
  return rejection(
    'NOT_FOUND',
    `Expected to deliver signal '${value.signalName}', but nobody waits any more`,
  );
}

function deliver(context: ProcessingContext, value: SignalValue, waiting: readonly Waiting[]): void {
  for (const [, subscription] of waiting.slice(0, DELIVERED_AT_ONCE)) {
    tell(context, subscription, value.variables);
  }
  for (let from = DELIVERED_AT_ONCE; from < waiting.length; from += DELIVERED_AT_ONCE) {
    const subscriptionKeys = waiting.slice(from, from + DELIVERED_AT_ONCE).map(([key]) => key);
    context.command('SIGNAL', 'DELIVER', NO_KEY, { ...value, subscriptionKeys });
  }
}

type Waiting = readonly [Key, SignalSubscriptionValue];

/** The oldest first. */
function subscriptionsOf({ state }: ProcessingContext, signalName: string): Waiting[] {
  return [...state.signalSubscriptions.of(signalName)].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Lets who waits go on, or an instance start. False, with nothing emitted, when that is not possible any more. */
function tell(
  context: ProcessingContext,
  subscription: SignalSubscriptionValue,
  variables: Document,
): boolean {
  const { processDefinitionKey, catchEventInstanceKey, catchEventId } = subscription;
  if (catchEventInstanceKey === NO_KEY) {
    startInstance(context, context.nextKey(), processDefinitionKey, catchEventId, variables);
    return true;
  }
  if (!canTrigger(context, catchEventInstanceKey, catchEventId)) return false;
  triggerEvent(context, catchEventInstanceKey, catchEventId, variables);
  return true;
}

function oldestUnfinished({ state }: ProcessingContext, key: Key): Key {
  let oldest = key;
  for (const pending of state.pendingDistributions.keys()) if (pending < oldest) oldest = pending;
  return oldest;
}
