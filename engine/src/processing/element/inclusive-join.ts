import { elementsLeadingTo } from '../../bpmn/inclusive-join.ts';
import type { ExecutableProcess, FlowNode, ForkingGateway } from '../../bpmn/model.ts';
import type { Key } from '../../protocol/key.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from './behavior.ts';
import { valueInside } from './step.ts';

/** Whether the element is an inclusive gateway at which tokens wait for others. */
export function isInclusiveJoin(element: FlowNode): element is ForkingGateway {
  return element.elementType === 'INCLUSIVE_GATEWAY' && element.incoming.length > 1;
}

/**
 * Lets the inclusive gateways of the scope go on that no further token can reach. To be called whenever a token in the
 * scope has moved or ended, once it is where it goes: the step is of what it has left. Joins that wait for nothing but
 * each other would do so forever: the first one goes on.
 */
export function continueJoins(context: ProcessingContext, step: ElementStep): void {
  const { state } = context;
  const scopeKey = step.value.flowScopeKey;
  const taken = state.takenFlows.of(scopeKey);
  if (taken.size === 0) return;
  const joins = joinsOf(step.process);
  const waiting = joins.filter(({ incoming }) => incoming.some((flowId) => taken.has(flowId)));
  if (waiting.length === 0 || state.elements.get(scopeKey)?.state !== 'ACTIVATED') return;
  const free = waiting.filter((join) => !canMoreCome(context, step, join));
  if (free.length === 0 && waitForEachOther(context, scopeKey, waiting)) free.push(...waiting.slice(0, 1));
  for (const join of free) enterJoin(context, step, join);
}

/**
 * Whether a token stands where it may still come to the gateway by a flow on which none waits (BPMN 2.0.2, section
 * 13.4.3). As in Zeebe, and unlike there, one that may come by such a flow is waited for also when it may come by a flow
 * on which one waits.
 */
function canMoreCome(context: ProcessingContext, step: ElementStep, join: ForkingGateway): boolean {
  const { state } = context;
  const scopeKey = step.value.flowScopeKey;
  const taken = state.takenFlows.of(scopeKey);
  for (const incomingFlowId of join.incoming) {
    if (taken.has(incomingFlowId)) continue;
    const leading = elementsLeadingTo(step.process, join.id, incomingFlowId);
    for (const flowId of taken.keys()) if (leading.has(flowId)) return true;
    for (const key of state.children.of(scopeKey).keys()) {
      if (leading.has(state.elements.get(key)?.value.elementId ?? '')) return true;
    }
  }
  return false;
}

function waitForEachOther(
  { state }: ProcessingContext,
  scopeKey: Key,
  waiting: readonly ForkingGateway[],
): boolean {
  if (state.children.of(scopeKey).size > 0) return false;
  const flowIds = new Set(waiting.flatMap(({ incoming }) => incoming));
  return [...state.takenFlows.of(scopeKey).keys()].every((flowId) => flowIds.has(flowId));
}

/** Takes in one token of each flow that has one, at once: what moves next must not find them again. */
function enterJoin(context: ProcessingContext, step: ElementStep, join: ForkingGateway): void {
  const scopeKey = step.value.flowScopeKey;
  const taken = join.incoming.filter((flowId) => context.state.takenFlows.has(scopeKey, flowId));
  const key = context.nextKey();
  const value = valueInside(step.value, scopeKey, join, taken);
  context.event('PROCESS_INSTANCE', 'ELEMENT_ACTIVATING', key, value);
  context.command('PROCESS_INSTANCE', 'CONTINUE_ACTIVATING_ELEMENT', key, value);
}

const known = new WeakMap<ExecutableProcess, readonly ForkingGateway[]>();

function joinsOf(process: ExecutableProcess): readonly ForkingGateway[] {
  let joins = known.get(process);
  if (joins === undefined) {
    joins = [...process.elements.values()].filter(
      (element): element is ForkingGateway =>
        element.elementType === 'INCLUSIVE_GATEWAY' && isInclusiveJoin(element),
    );
    known.set(process, joins);
  }
  return joins;
}
