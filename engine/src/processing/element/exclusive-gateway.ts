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

/** Undefined for a gateway without outgoing flows. */
function chooseFlow(context: ProcessingContext, step: ElementStep<ForkingGateway>): string | undefined {
  const { outgoing, defaultFlowId } = step.element;
  for (const flowId of outgoing) {
    if (flowId !== defaultFlowId && flowHolds(context, step, flowId)) return flowId;
  }
  if (defaultFlowId === undefined && outgoing.length > 0) throw noFlowFailure(step);
  return defaultFlowId;
}

/**
 * Whether the flow out of a gateway has no condition, or one that is true. The gateway has no variables of its own: its
 * scope's are read. Throws ElementFailure.
 */
export function flowHolds(
  context: ProcessingContext,
  step: ElementStep<ForkingGateway>,
  flowId: string,
): boolean {
  const { condition } = sequenceFlowOf(step, flowId);
  if (condition === undefined) return true;
  return valueOrFailure(evaluateBoolean(condition, evaluationContext(context, step.value.flowScopeKey)));
}

/** No flow of the gateway can be taken. */
export function noFlowFailure({ element }: ElementStep<ForkingGateway>): ElementFailure {
  const message = `Expected at least one condition of gateway '${element.id}' to be true, or a default flow, but none is`;
  return new ElementFailure('CONDITION_ERROR', message);
}
