import { checkCatching, type Refuse } from './check-catching.ts';
import type {
  Activity,
  ExecutableElement,
  ExecutableProcess,
  FlowNode,
  ForkingGateway,
  Gateway,
  SequenceFlow,
} from './model.ts';
import type { Reading } from './reading.ts';

/** What can only be said of elements together. Source of most rules: Zeebe's deployment validators. */
export function checkGraph(reading: Reading, process: ExecutableProcess): void {
  const refuse: Refuse = (element, reason) => reading.refuseElement(element.id, fileTypeOf(element), reason);
  for (const element of process.elements.values()) {
    if (element.elementType === 'PROCESS') checkProcessStarts(process, refuse);
    else if (element.elementType === 'SEQUENCE_FLOW') checkCondition(process, element, refuse);
    else checkFlowNode(process, element, refuse);
  }
  checkCatching(process, refuse);
}

/** `SERVICE_TASK` as the file has it: `serviceTask`. */
function fileTypeOf(element: ExecutableElement): string {
  if (element.elementType === 'EVENT_SUB_PROCESS') return 'subProcess';
  return element.elementType.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function checkProcessStarts({ root, elements }: ExecutableProcess, refuse: Refuse): void {
  if (root.startEventIds.length === 0) refuse(root, 'a start event is missing');
  const none = root.startEventIds.filter((id) => elements.get(id)?.eventType === 'NONE');
  if (none.length > 1)
    refuse(root, `only one start event without a definition is allowed, but there are ${none.length}`);
}

function checkFlowNode(process: ExecutableProcess, node: FlowNode, refuse: Refuse): void {
  checkEnds(node, refuse);
  switch (node.elementType) {
    case 'SUB_PROCESS': {
      const isPlain = node.startEventIds.length === 1 && node.noneStartEventId !== undefined;
      if (!isPlain) refuse(node, 'a sub-process needs exactly one start event, without a definition');
      return;
    }
    case 'EVENT_SUB_PROCESS':
      if (node.startEventIds.length !== 1) refuse(node, 'an event sub-process needs exactly one start event');
      if (node.multiInstance !== undefined) refuse(node, 'an event sub-process can not be multi-instance');
      return;
    case 'BOUNDARY_EVENT':
      checkAttachment(process, node.id, process.elements.get(node.attachedToId), refuse);
      return;
    case 'EXCLUSIVE_GATEWAY':
    case 'INCLUSIVE_GATEWAY':
      checkFork(process, node, refuse);
      return;
    case 'EVENT_BASED_GATEWAY':
      checkEventBasedGateway(process, node, refuse);
  }
}

/** Which nodes sequence flows may lead to and from. */
function checkEnds(node: FlowNode, refuse: Refuse): void {
  const type = node.elementType;
  const startsAlone = type === 'START_EVENT' || type === 'BOUNDARY_EVENT' || type === 'EVENT_SUB_PROCESS';
  if (startsAlone && node.incoming.length > 0) refuse(node, 'no sequence flow can lead here');
  if (!startsAlone && node.incoming.length === 0)
    refuse(node, 'no sequence flow leads here, it would never be reached');
  const endsHere = type === 'END_EVENT' || type === 'EVENT_SUB_PROCESS';
  if (endsHere && node.outgoing.length > 0) refuse(node, 'no sequence flow can leave here');
  if (type === 'BOUNDARY_EVENT' && node.outgoing.length === 0)
    refuse(node, 'a sequence flow that leaves here is missing');
}

function checkAttachment(
  process: ExecutableProcess,
  boundaryEventId: string,
  attachedTo: ExecutableElement | undefined,
  refuse: Refuse,
): void {
  const boundaryEvent = process.elements.get(boundaryEventId);
  if (boundaryEvent === undefined || attachedTo === undefined) return;
  if (!isActivity(attachedTo))
    refuse(boundaryEvent, `it can not be attached to '${attachedTo.id}' (${fileTypeOf(attachedTo)})`);
  else if (attachedTo.flowScopeId !== boundaryEvent.flowScopeId) {
    refuse(boundaryEvent, `it must stand in the same process or sub-process as '${attachedTo.id}'`);
  }
}

function isActivity(element: ExecutableElement): element is Activity {
  return 'boundaryEventIds' in element && element.elementType !== 'EVENT_SUB_PROCESS';
}

function checkCondition(process: ExecutableProcess, flow: SequenceFlow, refuse: Refuse): void {
  const source = process.elements.get(flow.sourceId);
  if (flow.condition === undefined || source === undefined) return;
  if (source.elementType !== 'EXCLUSIVE_GATEWAY' && source.elementType !== 'INCLUSIVE_GATEWAY') {
    refuse(flow, 'conditions are only supported after exclusive and inclusive gateways');
  }
}

function checkFork(process: ExecutableProcess, gateway: ForkingGateway, refuse: Refuse): void {
  const { defaultFlowId, outgoing } = gateway;
  if (defaultFlowId !== undefined && !outgoing.includes(defaultFlowId)) {
    refuse(gateway, `the default flow '${defaultFlowId}' does not leave this gateway`);
  }
  for (const flow of flowsOf(process, outgoing)) {
    if (flow.id === defaultFlowId) {
      if (flow.condition !== undefined) refuse(flow, 'a default flow can not have a condition');
    } else if (flow.condition === undefined && outgoing.length > 1) {
      refuse(
        flow,
        'a condition is missing: the flow leaves a gateway that forks and is not its default flow',
      );
    }
  }
}

function checkEventBasedGateway(process: ExecutableProcess, gateway: Gateway, refuse: Refuse): void {
  if (gateway.outgoing.length < 2)
    refuse(gateway, 'an event-based gateway needs at least two outgoing sequence flows');
  for (const { targetId } of flowsOf(process, gateway.outgoing)) {
    const target = process.elements.get(targetId);
    if (target === undefined || target.elementType === 'PROCESS' || target.elementType === 'SEQUENCE_FLOW')
      continue;
    if (target.elementType !== 'INTERMEDIATE_CATCH_EVENT') {
      refuse(
        gateway,
        `'${target.id}' (${fileTypeOf(target)}) can not follow an event-based gateway, only intermediate catch events can`,
      );
    } else if (target.incoming.length > 1) {
      refuse(target, 'an event after an event-based gateway can not have other incoming sequence flows');
    }
  }
}

function flowsOf(process: ExecutableProcess, ids: readonly string[]): readonly SequenceFlow[] {
  return ids.flatMap((id) => {
    const flow = process.elements.get(id);
    return flow?.elementType === 'SEQUENCE_FLOW' ? [flow] : [];
  });
}
