import { evaluateString } from '../../bpmn/expression.ts';
import type {
  EndEvent,
  IntermediateCatchEvent,
  IntermediateThrowEvent,
  ReceiveTask,
  StartEvent,
} from '../../bpmn/model.ts';
import { NO_KEY } from '../../protocol/key.ts';
import { withDefaults } from '../../protocol/value-types.ts';
import { localVariables } from '../../state/visible-variables.ts';
import { evaluationContext, valueOrFailure } from '../variable/evaluation.ts';
import { mapInputs } from '../variable/inputs.ts';
import { mapOutputs } from '../variable/outputs.ts';
import type { Behavior } from './behavior.ts';
import { completeAtOnce } from './trigger.ts';

export const startEvent: Behavior<StartEvent> = { activated: completeAtOnce, complete: mapOutputs };

/** Ends a path, or is passed, and nothing else. */
export const noneEndEvent: Behavior<EndEvent | IntermediateThrowEvent> = {
  activate: mapInputs,
  activated: completeAtOnce,
  complete: mapOutputs,
};

/** Waits for a message, a timer or a signal; for nothing where an event-based gateway has waited for it. */
export const catchEvent: Behavior<IntermediateCatchEvent> = {
  activate: mapInputs,
  activated: (context, step) => {
    if (context.state.triggers.of(step.key).size > 0) completeAtOnce(context, step);
  },
  complete: mapOutputs,
};

export const receiveTask: Behavior<ReceiveTask> = { activate: mapInputs, complete: mapOutputs };

/** Broadcasts its signal with the variables that its input mappings set. */
export const signalThrowEvent: Behavior<EndEvent | IntermediateThrowEvent> = {
  activate: (context, step) => {
    mapInputs(context, step);
    const { definition } = step.element;
    if (definition.kind !== 'signal') throw new Error(`'${step.element.id}' throws no signal`);
    const signalName = valueOrFailure(evaluateString(definition.name, evaluationContext(context, step.key)));
    const variables = localVariables(context.state, step.key);
    return () =>
      context.command('SIGNAL', 'BROADCAST', NO_KEY, withDefaults('SIGNAL', { signalName, variables }));
  },
  activated: completeAtOnce,
  complete: mapOutputs,
};
