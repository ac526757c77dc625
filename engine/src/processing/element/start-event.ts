import type { FlowScope } from '../../bpmn/model.ts';
import { NO_KEY } from '../../protocol/key.ts';
import type { ElementInstance } from '../../state/tables/elements.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from './behavior.ts';
import { flowNodeOf, valueInside } from './step.ts';
import { pendingTriggerOf } from './trigger.ts';
import { enterTriggeredEvent } from './triggered-event.ts';

/**
 * Lets the first token into a scope: at the start event that was triggered, else at the given one. What a modification
 * has put into the scope begins instead.
 */
export function activateStartEvent(
  context: ProcessingContext,
  step: ElementStep<FlowScope>,
  startEventId: string | undefined,
): void {
  const { state } = context;
  for (const key of state.children.of(step.key).keys()) {
    const { value } = state.elements.get(key) as ElementInstance; // a child has a row
    context.command('PROCESS_INSTANCE', 'CONTINUE_ACTIVATING_ELEMENT', key, value);
  }
  if (state.children.of(step.key).size > 0) return;
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
