import type { ForkingGateway } from '../../bpmn/model.ts';
import type { ProcessingContext } from '../context.ts';
import type { Behavior, ElementStep } from './behavior.ts';
import { flowHolds, noFlowFailure } from './exclusive-gateway.ts';
import { endPath, takeFlow } from './flow.ts';
import { completeAtOnce } from './trigger.ts';

/** Takes all outgoing flows whose conditions hold, else the default flow. How it joins is in `inclusive-join.ts`. */
export const inclusiveGateway: Behavior<ForkingGateway> = {
  activated: completeAtOnce,
  complete: (context, step) => {
    chooseFlows(context, step); // throws when none can be taken
  },
  leave: (context, step) => {
    const flowIds = chooseFlows(context, step);
    if (flowIds.length === 0) endPath(context, step.value.flowScopeKey);
    for (const flowId of flowIds) takeFlow(context, step, flowId);
  },
};

/** Empty for a gateway without outgoing flows alone. */
function chooseFlows(context: ProcessingContext, step: ElementStep<ForkingGateway>): readonly string[] {
  const { outgoing, defaultFlowId } = step.element;
  const holding = outgoing.filter((id) => id !== defaultFlowId && flowHolds(context, step, id));
  if (holding.length > 0 || outgoing.length === 0) return holding;
  if (defaultFlowId === undefined) throw noFlowFailure(step);
  return [defaultFlowId];
}
