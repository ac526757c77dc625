import type { ProcessElement, SubProcess } from '../../bpmn/model.ts';
import { type Key, NO_KEY } from '../../protocol/key.ts';
import { visibleVariables } from '../../state/visible-variables.ts';
import type { ProcessingContext } from '../context.ts';
import { mapInputs } from '../variable/inputs.ts';
import { mapOutputs } from '../variable/outputs.ts';
import type { Behavior, ElementStep } from './behavior.ts';
import { handOverResults, returnToCaller } from './call-activity.ts';
import { activateStartEvent } from './start-event.ts';

/** The process itself. Its variables are collected, for a client that waits, before they go with it. */
export const processBehavior: Behavior<ProcessElement> = {
  activated: (context, step) => activateStartEvent(context, step, step.element.noneStartEventId),
  complete: (context, step) => {
    const { key } = step;
    if (isCalled(step)) handOverResults(context, step);
    if (!context.isAwaited(key)) return;
    const variables = visibleVariables(context.state, key);
    context.effect({ kind: 'settle', key, outcome: { kind: 'completed', variables } });
  },
  leave: (context, step) => {
    if (isCalled(step)) returnToCaller(context, step);
  },
  terminate: (context, { key }) => tellTermination(context, key),
};

/** For the client that waits for the process instance with this key, if there is one. */
export function tellTermination(context: ProcessingContext, key: Key): void {
  if (context.isAwaited(key)) context.effect({ kind: 'settle', key, outcome: { kind: 'terminated' } });
}

export const subProcess: Behavior<SubProcess> = {
  activate: mapInputs,
  activated: (context, step) => activateStartEvent(context, step, step.element.noneStartEventId),
  complete: mapOutputs,
};

function isCalled({ value }: ElementStep): boolean {
  return value.parentElementInstanceKey !== NO_KEY;
}
