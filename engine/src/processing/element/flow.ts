/** How tokens move: out of an element along its sequence flows, into the next, and out of a scope at its end. */
import type { FlowNode, SequenceFlow } from '../../bpmn/model.ts';
import { type Key, NO_KEY } from '../../protocol/key.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from './behavior.ts';
import { activateEventSubProcess, interruptionOf } from './event-sub-process.ts';
import { isInclusiveJoin } from './inclusive-join.ts';
import { continueBody } from './multi-instance.ts';
import { flowNodeOf, isBody, stepOf, valueInside } from './step.ts';

/** Takes all outgoing sequence flows of the completed element; its path ends here when there are none. */
export function takeOutgoingFlows(context: ProcessingContext, step: ElementStep<FlowNode>): void {
  if (step.element.outgoing.length === 0) endPath(context, step.value.flowScopeKey);
  for (const flowId of step.element.outgoing) takeFlow(context, step, flowId);
}

/** Takes one sequence flow and activates its target, unless that still waits for others. */
export function takeFlow(context: ProcessingContext, step: ElementStep<FlowNode>, flowId: string): void {
  const flow = sequenceFlowOf(step, flowId);
  const scopeKey = step.value.flowScopeKey;
  context.event(
    'PROCESS_INSTANCE',
    'SEQUENCE_FLOW_TAKEN',
    context.nextKey(),
    valueInside(step.value, scopeKey, flow),
  );
  const target = flowNodeOf(step, flow.targetId);
  const taken = flowsToTake(context, scopeKey, target, flowId);
  if (taken === undefined) return;
  const value = valueInside(step.value, scopeKey, target, taken);
  context.command('PROCESS_INSTANCE', 'ACTIVATE_ELEMENT', context.nextKey(), value);
}

/** Whether the tokens that the activation would take in are there (they are not when another took them before). */
export function canTakeFlows(context: ProcessingContext, scopeKey: Key, flowIds: readonly string[]): boolean {
  return flowIds.every((flowId) => context.state.takenFlows.has(scopeKey, flowId));
}

/**
 * A path inside the scope has ended: the scope ends with its last one. Call it when the element instance is gone from
 * the state.
 */
export function endPath(context: ProcessingContext, scopeKey: Key): void {
  if (scopeKey === NO_KEY) return;
  const { state } = context;
  const scope = state.elements.get(scopeKey);
  if (scope === undefined || state.children.of(scopeKey).size > 0) return;
  // A call activity ends like this when what it has called was terminated from within.
  if (scope.state === 'TERMINATING' || scope.value.bpmnElementType === 'CALL_ACTIVITY') {
    context.command('PROCESS_INSTANCE', 'TERMINATE_ELEMENT', scopeKey, scope.value);
    return;
  }
  if (isBody(scope)) {
    continueBody(context, scopeKey, scope.value);
    return;
  }
  if (state.interruptedScopes.has(scopeKey)) {
    const step = stepOf(context, scopeKey, scope.value);
    const interruption = interruptionOf(context, step);
    if (interruption !== undefined) {
      activateEventSubProcess(context, step, interruption);
      return;
    }
  }
  if (state.takenFlows.of(scopeKey).size === 0) {
    context.command('PROCESS_INSTANCE', 'COMPLETE_ELEMENT', scopeKey, scope.value);
  }
}

function flowsToTake(
  context: ProcessingContext,
  scopeKey: Key,
  target: FlowNode,
  flowId: string,
): readonly string[] | undefined {
  if (isInclusiveJoin(target)) return undefined; // `continueJoins` looks once all tokens are where they go
  if (target.elementType !== 'PARALLEL_GATEWAY') return [flowId];
  return canTakeFlows(context, scopeKey, target.incoming) ? target.incoming : undefined;
}

/** The sequence flow with this id. Throws, as a fault, when there is none. */
export function sequenceFlowOf(step: ElementStep, flowId: string): SequenceFlow {
  const flow = step.process.elements.get(flowId);
  if (flow?.elementType !== 'SEQUENCE_FLOW') {
    throw new Error(`Process '${step.process.id}' has no sequence flow '${flowId}'`);
  }
  return flow;
}
