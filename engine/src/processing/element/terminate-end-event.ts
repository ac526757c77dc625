import type { EndEvent } from '../../bpmn/model.ts';
import { mapInputs } from '../variable/inputs.ts';
import { mapOutputs } from '../variable/outputs.ts';
import type { Behavior } from './behavior.ts';
import { endPath } from './flow.ts';
import { terminateChildren } from './terminate-children.ts';
import { completeAtOnce } from './trigger.ts';

/** Ends everything else in its scope, which then completes. From its `ELEMENT_COMPLETED` on nothing begins there. */
export const terminateEndEvent: Behavior<EndEvent> = {
  activate: mapInputs,
  activated: completeAtOnce,
  complete: mapOutputs,
  leave: (context, { value }) => {
    if (!terminateChildren(context, value.flowScopeKey)) endPath(context, value.flowScopeKey);
  },
};
