import type { ExecutableProcess, FlowNode } from './model.ts';

const known = new WeakMap<ExecutableProcess, Map<string, ReadonlySet<string>>>();

/**
 * Where in its scope a token may stand and still come to the gateway by the incoming flow, but not through the gateway
 * itself: flow nodes, and the sequence flows between them. Computed once a flow and process, linear in the scope.
 */
export function elementsLeadingTo(
  process: ExecutableProcess,
  gatewayId: string,
  incomingFlowId: string,
): ReadonlySet<string> {
  const ofProcess = known.get(process) ?? new Map<string, ReadonlySet<string>>();
  known.set(process, ofProcess);
  const found = ofProcess.get(incomingFlowId) ?? walkBack(process, gatewayId, incomingFlowId);
  ofProcess.set(incomingFlowId, found);
  return found;
}

function walkBack(
  process: ExecutableProcess,
  gatewayId: string,
  incomingFlowId: string,
): ReadonlySet<string> {
  const leading = new Set<string>();
  const pending = [incomingFlowId];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (id === gatewayId || leading.has(id)) continue;
    leading.add(id);
    const element = process.elements.get(id);
    if (element?.elementType === 'SEQUENCE_FLOW') pending.push(element.sourceId);
    else pending.push(...incomingOf(process, id));
    // A token in an activity may leave it by what is attached to it.
    if (element?.elementType === 'BOUNDARY_EVENT') pending.push(element.attachedToId);
  }
  return leading;
}

function incomingOf(process: ExecutableProcess, id: string): FlowNode['incoming'] {
  const element = process.elements.get(id);
  return element !== undefined && 'incoming' in element ? element.incoming : [];
}
