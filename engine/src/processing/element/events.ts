import type { EndEvent, StartEvent } from '../../bpmn/model.ts';
import { mapInputs } from '../variable/inputs.ts';
import { mapOutputs } from '../variable/outputs.ts';
import type { Behavior } from './behavior.ts';
import { completeAtOnce } from './trigger.ts';

export const startEvent: Behavior<StartEvent> = { activated: completeAtOnce, complete: mapOutputs };

export const noneEndEvent: Behavior<EndEvent> = {
  activate: mapInputs,
  activated: completeAtOnce,
  complete: mapOutputs,
};
