import { evaluateBoolean } from '../../bpmn/expression.ts';
import type { ForkingGateway } from '../../bpmn/model.ts';
import type { ProcessingContext } from '../context.ts';
import { evaluationContext, valueOrFailure } from '../variable/evaluation.ts';
import { type Behavior, ElementFailure, type ElementStep } from './behavior.ts';
import { endPath, sequenceFlowOf, takeFlow } from './flow.ts';
import { completeAtOnce } from './trigger.ts';

/** Takes the first outgoing flow whose condition holds, else the default flow. */
export const exclusiveGateway: Behavior<ForkingGateway> = {
  activated: completeAtOnce,
  complete: (context, step) => {
    chooseFlow(context, step); // throws when none can be taken
  },
  leave: (context, step) => {
    const flowId = chooseFlow(context, step);
    if (flowId === undefined) endPath(context, step.value.flowScopeKey);
    else takeFlow(context, step, flowId);
  },
};

/** Undefined for a gateway without outgoing flows. The gateway has no variables of its own: its scope's are read. */
function chooseFlow(context: ProcessingContext, step: ElementStep<ForkingGateway>): string | undefined {
  const { outgoing, defaultFlowId, id } = step.element;
  const evaluation = evaluationContext(context, step.value.flowScopeKey);
  for (const flowId of outgoing) {
    if (flowId === defaultFlowId) continue;
    const { condition } = sequenceFlowOf(step, flowId);
    if (condition === undefined) return flowId;
    if (valueOrFailure(evaluateBoolean(condition, evaluation))) return flowId;
  }
  if (defaultFlowId !== undefined || outgoing.length === 0) return defaultFlowId;
  const message = `Expected at least one condition of gateway '${id}' to be true, or a default flow, but none is`;
  throw new ElementFailure('CONDITION_ERROR', message);
}
