import { type Key, NO_KEY } from '../src/protocol/key.ts';
import type { ReadState } from '../src/state/engine-state.ts';
import { graphOf } from './definitions.ts';
import type { History } from './history.ts';
import type { Laws } from './laws.ts';

/** Instances that no other one has called and that nobody can bring to their end: an operator would cancel them. */
export function hopelessInstances(histories: readonly History[], laws: Laws): Key[] {
  return histories.flatMap(({ state }) =>
    [...state.elements.entries()].flatMap(([key, { value }]) => {
      const isRoot = value.bpmnElementType === 'PROCESS' && value.parentProcessInstanceKey === NO_KEY;
      const isHopeless = () =>
        hasUncaughtError(state, key) || (laws.isTouched(key) && isStranded(state, key));
      return isRoot && isHopeless() ? [key] : [];
    }),
  );
}

/** Inside has come to an end event that throws an error, which will be caught as little the next time. */
function hasUncaughtError(state: ReadState, key: Key): boolean {
  const incident = state.incidents.get(state.elementIncidents.get(key) ?? NO_KEY);
  const isUncaught = incident?.errorType === 'UNHANDLED_ERROR_EVENT' && incident.jobKey === NO_KEY;
  return isUncaught || [...state.children.of(key).keys()].some((child) => hasUncaughtError(state, child));
}

/**
 * Somebody has left it at parallel joins: he put or took tokens, or let the instance go on in another process, so that
 * what the joins wait for never comes. Only where nothing else is left in the instance: all else has to come to its end
 * by itself.
 */
function isStranded(state: ReadState, key: Key): boolean {
  const inside = [...state.children.of(key).keys()];
  return inside.length > 0 ? inside.every((child) => isStranded(state, child)) : waitsAtJoins(state, key);
}

/**
 * All of the tokens in the scope do, and there are some. At inclusive joins only together with others at parallel ones,
 * which might still come to those.
 */
function waitsAtJoins(state: ReadState, scopeKey: Key): boolean {
  const taken = state.takenFlows.of(scopeKey);
  const graph = graphOf(state, state.elements.get(scopeKey)?.value.processDefinitionKey ?? NO_KEY);
  const targets = [...taken.keys()].map((flowId) => {
    const flow = graph?.elements.get(flowId);
    return flow?.elementType === 'SEQUENCE_FLOW' ? graph?.elements.get(flow.targetId) : undefined;
  });
  return (
    targets.some((target) => target?.elementType === 'PARALLEL_GATEWAY') &&
    targets.every((target) => {
      if (target?.elementType === 'INCLUSIVE_GATEWAY') return true;
      return target?.elementType === 'PARALLEL_GATEWAY' && !target.incoming.every((id) => taken.has(id));
    })
  );
}
