import type { FlowScope } from '../../bpmn/model.ts';
import { NO_KEY } from '../../protocol/key.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from './behavior.ts';
import { flowNodeOf, valueInside } from './step.ts';
import { pendingTriggerOf } from './trigger.ts';
import { enterTriggeredEvent } from './triggered-event.ts';

/** Lets the first token into a scope: at the start event that was triggered, else at the given one. */
export function activateStartEvent(
  context: ProcessingContext,
  step: ElementStep<FlowScope>,
  startEventId: string | undefined,
): void {
  const { startEventIds } = step.element;
  const pending = pendingTriggerOf(context, step.key, (id) => startEventIds.includes(id));
  if (pending !== undefined) {
    enterTriggeredEvent(context, step, pending, step.key);
    return;
  }
  if (startEventId === undefined) throw new Error(`'${step.element.id}' has no start event to begin at`);
  const value = valueInside(step.value, step.key, flowNodeOf(step, startEventId));
  context.command('PROCESS_INSTANCE', 'ACTIVATE_ELEMENT', NO_KEY, value);
}
