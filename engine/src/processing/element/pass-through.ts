import type { PassThroughGateway, PassThroughTask } from '../../bpmn/model.ts';
import { mapInputs } from '../variable/inputs.ts';
import { mapOutputs } from '../variable/outputs.ts';
import type { Behavior } from './behavior.ts';
import { completeAtOnce } from './trigger.ts';

/** Tasks that nobody does. */
export const passThroughTask: Behavior<PassThroughTask> = {
  activate: mapInputs,
  activated: completeAtOnce,
  complete: mapOutputs,
};

/** Forks by taking all outgoing flows; that it joins is in how flows are taken. */
export const parallelGateway: Behavior<PassThroughGateway> = { activated: completeAtOnce };
