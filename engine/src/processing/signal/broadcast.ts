import type { Document } from '../../protocol/document.ts';
import { type Key, NO_KEY, partitionOf } from '../../protocol/key.ts';
import type { SignalSubscriptionValue } from '../../protocol/values/signal-subscription.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { acknowledge, distribute, isDistributed } from '../distribution/distribute.ts';
import { canTrigger, triggerEvent } from '../element/trigger-event.ts';
import { startInstance } from '../process-instance/start.ts';

/**
 * SIGNAL BROADCAST: to everyone who waits for it now, on all partitions. Processes that it starts are started by the
 * partition that got it first.
 */
export function broadcastSignal(context: ProcessingContext, command: Command<'SIGNAL'>): Rejection | void {
  if (isDistributed(context, command.key)) return receiveSignal(context, command);
  const { signalName, variables } = command.value;
  if (signalName === '') {
    return rejection('INVALID_ARGUMENT', 'Expected to broadcast a signal with a name, but it was blank');
  }
  const key = context.nextKey();
  const value = { ...command.value, finishedBefore: oldestUnfinished(context, key) };
  context.event('SIGNAL', 'BROADCASTED', key, value);
  context.answer('SIGNAL', 'BROADCASTED', key, value);
  for (const subscription of waitingFor(context, signalName)) {
    if (subscription.catchEventInstanceKey !== NO_KEY) goOn(context, subscription, variables);
    else start(context, subscription, variables);
  }
  distribute(context, key, 'SIGNAL', 'BROADCAST', value);
}

function receiveSignal(context: ProcessingContext, { key, value }: Command<'SIGNAL'>): Rejection | void {
  acknowledge(context, key);
  const { receivedSignals } = context.state;
  if (receivedSignals.has(partitionOf(key), key)) {
    return rejection('ALREADY_EXISTS', `Expected signal '${key}' to be new, but it was broadcasted before`);
  }
  context.event('SIGNAL', 'BROADCASTED', key, value);
  for (const subscription of waitingFor(context, value.signalName)) {
    if (subscription.catchEventInstanceKey !== NO_KEY) goOn(context, subscription, value.variables);
  }
}

function waitingFor({ state }: ProcessingContext, signalName: string): SignalSubscriptionValue[] {
  return [...state.signalSubscriptions.of(signalName)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, subscription]) => subscription);
}

function goOn(context: ProcessingContext, subscription: SignalSubscriptionValue, variables: Document): void {
  const { catchEventInstanceKey, catchEventId } = subscription;
  const instance = context.state.elements.get(catchEventInstanceKey);
  const processInstanceKey = instance?.value.processInstanceKey ?? NO_KEY;
  if (context.state.bannedInstances.has(processInstanceKey)) return;
  if (canTrigger(context, catchEventInstanceKey, catchEventId)) {
    triggerEvent(context, catchEventInstanceKey, catchEventId, variables);
  }
}

function start(context: ProcessingContext, subscription: SignalSubscriptionValue, variables: Document): void {
  const { processDefinitionKey, catchEventId } = subscription;
  startInstance(context, context.nextKey(), processDefinitionKey, catchEventId, variables);
}

function oldestUnfinished({ state }: ProcessingContext, key: Key): Key {
  let oldest = key;
  for (const pending of state.pendingDistributions.keys()) if (pending < oldest) oldest = pending;
  return oldest;
}
