import type { FlowNode } from '../../bpmn/model.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { raiseElementIncident } from '../incident/raise.ts';
import { startOfNext } from '../message/start.ts';
import { ElementFailure, type ElementStep } from './behavior.ts';
import { behaviorOf } from './behaviors.ts';
import { takeOutgoingFlows } from './flow.ts';
import { continueJoins } from './inclusive-join.ts';
import { scopeRefusal, stepOf } from './step.ts';
import { unsubscribeFromEvents } from './subscribe.ts';

/** COMPLETE_ELEMENT: of an active element instance, or one whose completion an incident has stopped. */
export function completeElement(
  context: ProcessingContext,
  command: Command<'PROCESS_INSTANCE'>,
): Rejection | void {
  const { key } = command;
  const existing = context.state.elements.get(key);
  if (existing === undefined) {
    return rejection('NOT_FOUND', `Expected to complete element instance '${key}', but it is not there`);
  }
  const step = stepOf(context, key, existing.value);
  const refusal = scopeRefusal(context, step);
  if (refusal !== undefined) return rejection('INVALID_STATE', refusal); // it is told to terminate
  if (context.state.children.of(key).size > 0) {
    // An event sub-process has begun while this command was left over from its step; it asks again at its end.
    const reason = `Expected nothing to be active inside of element instance '${key}', but something has begun`;
    return rejection('INVALID_STATE', reason);
  }
  if (existing.state === 'ACTIVATED') {
    context.event('PROCESS_INSTANCE', 'ELEMENT_COMPLETING', key, step.value);
  } else if (existing.state !== 'COMPLETING') {
    const reason = `Expected element instance '${key}' to be active, but it is ${existing.state}`;
    return rejection('INVALID_STATE', reason);
  }
  const behavior = behaviorOf(step);
  try {
    behavior.complete?.(context, step);
  } catch (error) {
    if (!(error instanceof ElementFailure)) throw error;
    raiseElementIncident(context, step, error);
    return;
  }
  unsubscribeFromEvents(context, key);
  const startNext = startOfNext(context, step);
  context.event('PROCESS_INSTANCE', 'ELEMENT_COMPLETED', key, step.value);
  startNext();
  if (behavior.leave !== undefined) behavior.leave(context, step);
  else takeOutgoingFlows(context, step as ElementStep<FlowNode>); // the process has its own `leave`
  continueJoins(context, step);
}
