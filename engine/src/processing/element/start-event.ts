import type { FlowScope } from '../../bpmn/model.ts';
import { NO_KEY } from '../../protocol/key.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from './behavior.ts';
import { flowNodeOf, valueInside } from './step.ts';
import { moveTrigger, pendingTriggerOf } from './trigger.ts';

/** Lets the first token into a scope: at the start event that was triggered, else at the given one. */
export function activateStartEvent(
  context: ProcessingContext,
  step: ElementStep<FlowScope>,
  startEventId: string | undefined,
): void {
  const { startEventIds } = step.element;
  const pending = pendingTriggerOf(context, step.key, (id) => startEventIds.includes(id));
  const beginsAt = pending?.trigger.targetElementId ?? startEventId;
  if (beginsAt === undefined) throw new Error(`'${step.element.id}' has no start event to begin at`);
  const value = valueInside(step.value, step.key, flowNodeOf(step, beginsAt));
  const key = pending === undefined ? NO_KEY : context.nextKey();
  if (pending !== undefined) moveTrigger(context, step, pending, key);
  context.command('PROCESS_INSTANCE', 'ACTIVATE_ELEMENT', key, value);
}
