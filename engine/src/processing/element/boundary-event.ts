import type { BoundaryEvent } from '../../bpmn/model.ts';
import type { ProcessingContext } from '../context.ts';
import { mapOutputs } from '../variable/outputs.ts';
import type { Behavior, ElementStep } from './behavior.ts';
import { completeAtOnce, type PendingTrigger, pendingTriggerOf } from './trigger.ts';

/** The first event that waits to go on at a boundary event of the element instance, which it interrupts. */
export function interruptingTriggerOf(
  context: ProcessingContext,
  step: ElementStep,
): PendingTrigger | undefined {
  return pendingTriggerOf(context, step.key, (id) => {
    const target = step.process.elements.get(id);
    return target?.elementType === 'BOUNDARY_EVENT' && target.attachedToId === step.element.id;
  });
}

export const boundaryEvent: Behavior<BoundaryEvent> = {
  activated: completeAtOnce,
  complete: mapOutputs,
};
