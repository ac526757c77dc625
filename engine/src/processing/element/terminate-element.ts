import { ownerOf } from '../../state/tables/elements.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { resolveElementIncident } from '../incident/raise.ts';
import { startOfNext } from '../message/start.ts';
import type { ElementStep } from './behavior.ts';
import { behaviorOf } from './behaviors.ts';
import { interruptingTriggerOf } from './boundary-event.ts';
import { endPath } from './flow.ts';
import { continueJoins } from './inclusive-join.ts';
import { scopeRefusal, stepOf } from './step.ts';
import { unsubscribeFromEvents } from './subscribe.ts';
import { terminateChildren } from './terminate-children.ts';
import { enterTriggeredEvent } from './triggered-event.ts';

/** TERMINATE_ELEMENT: ends an element instance and all inside it, innermost first. Comes again when the last is gone. */
export function terminateElement(
  context: ProcessingContext,
  command: Command<'PROCESS_INSTANCE'>,
): Rejection | void {
  const { key } = command;
  const { state } = context;
  const existing = state.elements.get(key);
  if (existing === undefined) {
    return rejection('NOT_FOUND', `Expected to terminate element instance '${key}', but it is not there`);
  }
  const step = stepOf(context, key, existing.value);
  if (existing.state !== 'TERMINATING') beginTermination(context, step);
  else if (state.children.of(key).size > 0) {
    const reason = `Expected to terminate element instance '${key}', but it waits for what is inside it to end`;
    return rejection('INVALID_STATE', reason);
  }
  if (state.children.of(key).size === 0) endTermination(context, step);
}

function beginTermination(context: ProcessingContext, step: ElementStep): void {
  context.event('PROCESS_INSTANCE', 'ELEMENT_TERMINATING', step.key, step.value);
  behaviorOf(step).terminate?.(context, step);
  unsubscribeFromEvents(context, step.key);
  resolveElementIncident(context, step.key);
  terminateChildren(context, step.key);
}

function endTermination(context: ProcessingContext, step: ElementStep): void {
  const pending =
    scopeRefusal(context, step) === undefined ? interruptingTriggerOf(context, step) : undefined;
  const startNext = startOfNext(context, step);
  context.event('PROCESS_INSTANCE', 'ELEMENT_TERMINATED', step.key, step.value);
  startNext();
  if (pending !== undefined) enterTriggeredEvent(context, step, pending);
  else endPath(context, ownerOf(step.value));
  continueJoins(context, step);
}
