import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from '../element/behavior.ts';
import { canTakeFlows, sequenceFlowOf } from '../element/flow.ts';
import { isInclusiveJoin } from '../element/inclusive-join.ts';
import { multiInstanceOf, progressOf } from '../element/multi-instance.ts';
import { flowNodeOf, isBody } from '../element/step.ts';

/**
 * Why the element instance, or something in it, is on its way: a command about it, which says what it was when the
 * command was written, is still to be processed. Undefined when it waits for something.
 */
export function transitProblem(context: ProcessingContext, step: ElementStep): string | undefined {
  const { state } = context;
  const { key, element } = step;
  const instance = state.elements.get(key);
  const isStopped = state.elementIncidents.has(key);
  const isMoving =
    instance === undefined ||
    instance.state === 'TERMINATING' ||
    (instance.state !== 'ACTIVATED' && !isStopped) ||
    state.triggers.of(key).size > 0 ||
    (instance.state === 'ACTIVATED' && isBeginning(context, step)) ||
    [...state.takenFlows.of(key).keys()].some((flowId) => !isWaitingAtJoin(context, step, flowId));
  if (isMoving) return `element '${element.id}' is going on at this moment: try again`;
  return state.interruptedScopes.has(key) ? `the scope '${element.id}' was interrupted` : undefined;
}

/** What is inside has not begun. */
function isBeginning(context: ProcessingContext, step: ElementStep): boolean {
  const { state } = context;
  const isEmpty = state.children.of(step.key).size === 0 && state.takenFlows.of(step.key).size === 0;
  if (isBody(step)) {
    const { inputCollection, activated } = progressOf(context, step.key);
    return isEmpty || (!multiInstanceOf(step).isSequential && activated < inputCollection.length);
  }
  return isEmpty && 'childIds' in step.element;
}

function isWaitingAtJoin(context: ProcessingContext, step: ElementStep, flowId: string): boolean {
  const target = flowNodeOf(step, sequenceFlowOf(step, flowId).targetId);
  if (target.elementType !== 'PARALLEL_GATEWAY') return isInclusiveJoin(target);
  return !canTakeFlows(context, step.key, target.incoming);
}
