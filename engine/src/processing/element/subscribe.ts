import { evaluateCorrelationKey, evaluateString, evaluateTimerText } from '../../bpmn/expression.ts';
import { firstSchedule, type Schedule } from '../../bpmn/timer.ts';
import type { Key } from '../../protocol/key.ts';
import type { ProcessingContext } from '../context.ts';
import { type AwaitedMessage, awaitMessage, stopAwaitingMessages } from '../message/subscribe.ts';
import { awaitSignal, stopAwaitingSignals } from '../signal/subscribe.ts';
import { cancelTimers, createTimer } from '../timer/create.ts';
import { evaluationContext, valueOrFailure } from '../variable/evaluation.ts';
import { ElementFailure, type ElementStep } from './behavior.ts';
import { type CatchEvent, catchEventsOf } from './catch-events.ts';

type Awaited = {
  readonly messages: AwaitedMessage[];
  readonly timers: { readonly elementId: string; readonly schedule: Schedule; readonly cycle: string }[];
  readonly signals: { readonly elementId: string; readonly signalName: string }[];
};

/** Opens what the element instance waits for. Throws ElementFailure, with nothing emitted. */
export function subscribeToEvents(context: ProcessingContext, step: ElementStep): void {
  const events = catchEventsOf(step);
  if (events.length === 0) return;
  const awaited: Awaited = { messages: [], timers: [], signals: [] };
  for (const event of events) evaluate(context, step, event, awaited);
  checkNames(awaited.messages);
  for (const message of awaited.messages) awaitMessage(context, step, message);
  for (const { elementId, schedule, cycle } of awaited.timers) {
    createTimer(context, { ...step.value, elementInstanceKey: step.key }, elementId, schedule, cycle);
  }
  for (const { elementId, signalName } of awaited.signals) awaitSignal(context, step, elementId, signalName);
}

/** Closes what the element instance waits for, at all of its events or at those that the filter names. */
export function unsubscribeFromEvents(
  context: ProcessingContext,
  elementInstanceKey: Key,
  isMeant: (elementId: string) => boolean = () => true,
): void {
  const { processMessageSubscriptions, timersOf, signalSubscriptionsOf } = context.state;
  // Most elements wait for nothing.
  if (processMessageSubscriptions.of(elementInstanceKey).size > 0) {
    stopAwaitingMessages(context, elementInstanceKey, isMeant);
  }
  if (timersOf.of(elementInstanceKey).size > 0) cancelTimers(context, elementInstanceKey, isMeant);
  if (signalSubscriptionsOf.of(elementInstanceKey).size > 0) {
    stopAwaitingSignals(context, elementInstanceKey, isMeant);
  }
}

function evaluate(context: ProcessingContext, step: ElementStep, event: CatchEvent, awaited: Awaited): void {
  const elementId = event.id;
  const definition = event.elementType === 'RECEIVE_TASK' ? event.message : event.definition;
  const evaluation = evaluationContext(context, step.key);
  if (definition.kind === 'message') {
    const messageName = valueOrFailure(evaluateString(definition.name, evaluation));
    // As Zeebe does: what a boundary event waits for is known around the activity, not inside.
    const scopeKey = event.elementType === 'BOUNDARY_EVENT' ? step.value.flowScopeKey : step.key;
    const { correlationKey: expression } = definition;
    if (expression === undefined) throw new Error(`'${elementId}' has no correlation key`);
    const outcome = evaluateCorrelationKey(expression, evaluationContext(context, scopeKey));
    const correlationKey = valueOrFailure(outcome);
    awaited.messages.push({ elementId, messageName, correlationKey, interrupting: isInterrupting(event) });
  } else if (definition.kind === 'timer') {
    const text = valueOrFailure(evaluateTimerText(definition.value, evaluation));
    const schedule = valueOrFailure(firstSchedule(definition.timerType, text, context.nowMs));
    awaited.timers.push({ elementId, schedule, cycle: definition.timerType === 'cycle' ? text : '' });
  } else if (definition.kind === 'signal') {
    const signalName = valueOrFailure(evaluateString(definition.name, evaluation));
    awaited.signals.push({ elementId, signalName });
  }
}

/** Whether the element instance ends, or ends what is inside it, when the event happens. */
export function isInterrupting(event: CatchEvent): boolean {
  return 'isInterrupting' in event ? event.isInterrupting : true;
}

/** Names that are known only at run time may turn out the same; then it would be chance who gets the message. */
function checkNames(messages: readonly AwaitedMessage[]): void {
  const names = new Set<string>();
  for (const { messageName, elementId } of messages) {
    if (names.has(messageName)) {
      const message = `Expected the events of one element to wait for different messages, but '${elementId}' waits for '${messageName}' like another`;
      throw new ElementFailure('EXTRACT_VALUE_ERROR', message);
    }
    names.add(messageName);
  }
}
