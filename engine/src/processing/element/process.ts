import type { EventSubProcess, FlowScope, ProcessElement, SubProcess } from '../../bpmn/model.ts';
import { NO_KEY } from '../../protocol/key.ts';
import { visibleVariables } from '../../state/visible-variables.ts';
import type { ProcessingContext } from '../context.ts';
import { mapInputs } from '../variable/inputs.ts';
import { mapOutputs } from '../variable/outputs.ts';
import type { Behavior, ElementStep } from './behavior.ts';
import { flowNodeOf, valueInside } from './step.ts';

/** The process itself. Its variables are collected, for a client that waits, before they go with it. */
export const processBehavior: Behavior<ProcessElement> = {
  activated: (context, step) => activateStartEvent(context, step, step.element.noneStartEventId),
  complete: (context, { key, value }) => {
    if (value.parentProcessInstanceKey !== NO_KEY || !context.isAwaited(key)) return;
    const variables = visibleVariables(context.state, key);
    context.effect({ kind: 'settle', key, outcome: { kind: 'completed', variables } });
  },
  leave: () => {},
  terminate: (context, { key }) => {
    if (context.isAwaited(key)) context.effect({ kind: 'settle', key, outcome: { kind: 'terminated' } });
  },
};

export const subProcess: Behavior<SubProcess> = {
  activate: mapInputs,
  activated: (context, step) => activateStartEvent(context, step, step.element.noneStartEventId),
  complete: mapOutputs,
};

/** Lets the first token into a scope. */
export function activateStartEvent(
  context: ProcessingContext,
  step: ElementStep<FlowScope | EventSubProcess>,
  startEventId: string | undefined,
): void {
  if (startEventId === undefined) throw new Error(`'${step.element.id}' has no start event to begin at`);
  const value = valueInside(step.value, step.key, flowNodeOf(step, startEventId));
  context.command('PROCESS_INSTANCE', 'ACTIVATE_ELEMENT', NO_KEY, value);
}
