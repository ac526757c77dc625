import type { EventSubProcess } from '../../bpmn/model.ts';
import type { ProcessingContext } from '../context.ts';
import { mapInputs } from '../variable/inputs.ts';
import { mapOutputs } from '../variable/outputs.ts';
import type { Behavior, ElementStep } from './behavior.ts';
import { activateStartEvent } from './start-event.ts';
import { flowNodeOf, valueInside } from './step.ts';
import { moveTrigger, type PendingTrigger, pendingTriggerOf } from './trigger.ts';

/** The event that has interrupted the scope and waits until all else in it has ended. */
export function interruptionOf(context: ProcessingContext, scope: ElementStep): PendingTrigger | undefined {
  if (!context.state.interruptedScopes.has(scope.key)) return undefined;
  return pendingTriggerOf(context, scope.key, (id) => {
    const target = scope.process.elements.get(id);
    return target?.elementType === 'START_EVENT' && target.flowScopeId !== scope.element.id;
  });
}

/** Begins the event sub-process in the scope that the event has triggered. */
export function activateEventSubProcess(
  context: ProcessingContext,
  scope: ElementStep,
  pending: PendingTrigger,
): void {
  const start = flowNodeOf(scope, pending.trigger.targetElementId);
  const eventSubProcess = flowNodeOf(scope, start.flowScopeId);
  const key = context.nextKey();
  moveTrigger(context, scope, pending, key);
  const value = valueInside(scope.value, scope.key, eventSubProcess);
  context.event('PROCESS_INSTANCE', 'ELEMENT_ACTIVATING', key, value); // the scope must not end before it
  context.command('PROCESS_INSTANCE', 'CONTINUE_ACTIVATING_ELEMENT', key, value);
}

export const eventSubProcess: Behavior<EventSubProcess> = {
  activate: mapInputs,
  activated: (context, step) => activateStartEvent(context, step, step.element.startEventId),
  complete: mapOutputs,
};
