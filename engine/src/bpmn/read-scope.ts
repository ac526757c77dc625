import { flowElementSupport, isRefused } from './coverage.ts';
import { childOf, childrenOf, flagOf, idOf, localTypeOf, type ModdleElement, textOf } from './moddle.ts';
import type {
  EventSubProcess,
  ExecutableElement,
  ProcessElement,
  SequenceFlow,
  StartEvent,
  SubProcess,
} from './model.ts';
import { expressionText } from './read-event-definition.ts';
import { readActivity, readCommon, readFlowNode, type Wiring } from './read-flow-node.ts';
import type { Reading } from './reading.ts';

type ScopeParts = Omit<ProcessElement, 'id' | 'name' | 'elementType' | 'eventType' | 'flowScopeId'>;

type Scope = {
  readonly parts: ScopeParts;
  /** What the scope holds, at all depths, in document order. */
  readonly elements: readonly ExecutableElement[];
};

/** Reads what stands in a process or sub-process; refuses what it can't, and goes on. */
export function readScope(reading: Reading, container: ModdleElement, isEventSubProcess: boolean): Scope {
  const scopeId = idOf(container) ?? '';
  const contained = childrenOf(container, 'flowElements').filter((element) => isExecuted(reading, element));
  const flows = contained.filter(({ $type }) => $type === 'bpmn:SequenceFlow');
  const sequenceFlows = new Map(flows.map((flow) => [flow, readSequenceFlow(reading, flow, container)]));
  const wiringOf = wire([...sequenceFlows.values()], contained);
  const groups = contained.map((element): readonly ExecutableElement[] => {
    const sequenceFlow = sequenceFlows.get(element);
    if (sequenceFlow !== undefined) return [sequenceFlow];
    const wiring = wiringOf(idOf(element) ?? '');
    if (element.$type === 'bpmn:SubProcess') return readSubProcess(reading, element, scopeId, wiring);
    const node = readFlowNode(reading, element, { id: scopeId, isEventSubProcess }, wiring);
    return node === undefined ? [] : [node];
  });
  const direct = groups.flatMap((group) => group.slice(0, 1));
  return { parts: partsOf(direct), elements: groups.flat() };
}

function isExecuted(reading: Reading, element: ModdleElement): boolean {
  const support = flowElementSupport[element.$type];
  if (support === 'without effect') return false;
  if (support === undefined || isRefused(support)) {
    reading.refuse(element, support?.refused ?? `${localTypeOf(element)} is not supported`);
    return false;
  }
  if (idOf(element) === undefined) {
    reading.refuse(element, 'an id is missing');
    return false;
  }
  return true;
}

function partsOf(direct: readonly ExecutableElement[]): ScopeParts {
  const starts = direct.filter((element): element is StartEvent => element.elementType === 'START_EVENT');
  const idsOf = (elements: readonly ExecutableElement[]) => elements.map(({ id }) => id);
  return {
    childIds: idsOf(direct.filter(({ elementType }) => elementType !== 'SEQUENCE_FLOW')),
    sequenceFlowIds: idsOf(direct.filter(({ elementType }) => elementType === 'SEQUENCE_FLOW')),
    noneStartEventId: starts.find(({ definition }) => definition.kind === 'none')?.id,
    startEventIds: idsOf(starts),
    eventSubProcessIds: idsOf(direct.filter(({ elementType }) => elementType === 'EVENT_SUB_PROCESS')),
  };
}

function readSequenceFlow(reading: Reading, flow: ModdleElement, container: ModdleElement): SequenceFlow {
  reading.checkProperties(flow, ['sourceRef', 'targetRef', 'conditionExpression', 'isImmediate']);
  reading.checkExtensions(flow);
  const source = childOf(flow, 'sourceRef');
  const target = childOf(flow, 'targetRef');
  if (source === undefined) reading.refuse(flow, 'the source is missing');
  if (target === undefined) reading.refuse(flow, 'the target is missing');
  if ([source, target].some((end) => end !== undefined && end['$parent'] !== container)) {
    reading.refuse(flow, 'a sequence flow must not leave its process or sub-process');
  }
  const condition = expressionText(reading, flow, flow, 'conditionExpression');
  return {
    id: idOf(flow) ?? '',
    name: textOf(flow, 'name'),
    elementType: 'SEQUENCE_FLOW',
    eventType: 'UNSPECIFIED',
    flowScopeId: idOf(container) ?? '',
    sourceId: (source && idOf(source)) ?? '',
    targetId: (target && idOf(target)) ?? '',
    condition: reading.optionalFeel(flow, condition, 'the condition'),
  };
}

/** From the sequence flows themselves: the `incoming` and `outgoing` of a file are a copy that may be missing. */
function wire(flows: readonly SequenceFlow[], contained: readonly ModdleElement[]): (id: string) => Wiring {
  const outgoing = new Map<string, string[]>();
  const incoming = new Map<string, string[]>();
  const boundaryEvents = new Map<string, string[]>();
  for (const flow of flows) {
    pushTo(outgoing, flow.sourceId, flow.id);
    pushTo(incoming, flow.targetId, flow.id);
  }
  for (const event of contained.filter(({ $type }) => $type === 'bpmn:BoundaryEvent')) {
    const attachedTo = childOf(event, 'attachedToRef');
    pushTo(boundaryEvents, (attachedTo && idOf(attachedTo)) ?? '', idOf(event) ?? '');
  }
  return (id) => ({
    incoming: incoming.get(id) ?? [],
    outgoing: outgoing.get(id) ?? [],
    boundaryEventIds: boundaryEvents.get(id) ?? [],
  });
}

function pushTo(idsByNode: Map<string, string[]>, nodeId: string, id: string): void {
  const ids = idsByNode.get(nodeId);
  if (ids === undefined) idsByNode.set(nodeId, [id]);
  else ids.push(id);
}

function readSubProcess(
  reading: Reading,
  element: ModdleElement,
  flowScopeId: string,
  wiring: Wiring,
): readonly ExecutableElement[] {
  reading.checkProperties(element, ['flowElements', 'triggeredByEvent', 'loopCharacteristics']);
  const isEventSubProcess = flagOf(element, 'triggeredByEvent');
  const base = {
    ...readCommon(reading, element, flowScopeId, wiring),
    ...readActivity(reading, element, wiring),
  };
  const { parts, elements } = readScope(reading, element, isEventSubProcess);
  if (!isEventSubProcess) {
    const subProcess: SubProcess = { ...base, ...parts, elementType: 'SUB_PROCESS' };
    return [subProcess, ...elements];
  }
  const start = elements.find(({ id }) => id === parts.startEventIds[0]) as StartEvent | undefined;
  const eventSubProcess: EventSubProcess = {
    ...base,
    ...parts,
    elementType: 'EVENT_SUB_PROCESS',
    startEventId: start?.id ?? '',
    isInterrupting: start?.isInterrupting ?? true,
  };
  return [eventSubProcess, ...elements];
}
