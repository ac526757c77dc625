import type { BoundaryEvent } from '../../bpmn/model.ts';
import type { Key } from '../../protocol/key.ts';
import type { Trigger } from '../../state/tables/process-events.ts';
import type { ProcessingContext } from '../context.ts';
import { mapOutputs } from '../variable/outputs.ts';
import type { Behavior, ElementStep } from './behavior.ts';
import { flowNodeOf, valueInside } from './step.ts';
import { addTrigger, completeAtOnce } from './trigger.ts';

/** What interrupts an element: the event that happened and the boundary event that it triggers. */
export type InterruptingTrigger = { readonly eventKey: Key; readonly trigger: Trigger };

/** The first event that waits to go on at a boundary event of the element instance. */
export function interruptingTriggerOf(
  context: ProcessingContext,
  step: ElementStep,
): InterruptingTrigger | undefined {
  for (const [eventKey, trigger] of context.state.triggers.of(step.key)) {
    if (trigger.targetElementId !== step.element.id) return { eventKey, trigger };
  }
  return undefined;
}

/**
 * Goes on at the boundary event, in the scope around the element instance, which is gone. It counts as a path of the
 * scope at once: were it there only when its command is processed, the scope might have completed meanwhile.
 */
export function activateBoundaryEvent(
  context: ProcessingContext,
  step: ElementStep,
  { trigger }: InterruptingTrigger,
): void {
  const boundary = flowNodeOf(step, trigger.targetElementId);
  const key = context.nextKey();
  const value = valueInside(step.value, step.value.flowScopeKey, boundary);
  // The event moves from the element to the boundary event, which takes it up when it completes.
  addTrigger(context, key, value, boundary.id, trigger.variables);
  context.event('PROCESS_INSTANCE', 'ELEMENT_ACTIVATING', key, value);
  context.command('PROCESS_INSTANCE', 'ACTIVATE_ELEMENT', key, value);
}

export const boundaryEvent: Behavior<BoundaryEvent> = {
  activated: completeAtOnce,
  complete: mapOutputs,
};
