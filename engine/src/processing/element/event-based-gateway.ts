import type { PassThroughGateway } from '../../bpmn/model.ts';
import type { ProcessingContext } from '../context.ts';
import type { Behavior, ElementStep } from './behavior.ts';
import { pendingTriggerOf } from './trigger.ts';
import { enterTriggeredEvent } from './triggered-event.ts';

/**
 * Waits for the events behind it and goes on at the first that happens. As BPMN says, the sequence flow to it is not
 * taken.
 */
export const eventBasedGateway: Behavior<PassThroughGateway> = {
  complete: activateTriggered,
  leave: () => {},
};

function activateTriggered(context: ProcessingContext, step: ElementStep<PassThroughGateway>): void {
  const pending = pendingTriggerOf(context, step.key, () => true);
  if (pending === undefined) throw new Error(`No event has triggered '${step.element.id}'`);
  enterTriggeredEvent(context, step, pending);
}
