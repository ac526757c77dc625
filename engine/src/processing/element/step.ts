import type { ExecutableElement, FlowNode } from '../../bpmn/model.ts';
import { type Key, NO_KEY } from '../../protocol/key.ts';
import type { ProcessInstanceValue } from '../../protocol/values/process-instance.ts';
import { ownerOf } from '../../state/tables/elements.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from './behavior.ts';

/** The step of an element instance with its place in the graph. Throws, as a fault, when the graph has no such element. */
export function stepOf(context: ProcessingContext, key: Key, value: ProcessInstanceValue): ElementStep {
  const process = context.definitions.process(value.processDefinitionKey);
  const element = process.elements.get(value.elementId);
  if (element === undefined) throw new Error(`Process '${process.id}' has no element '${value.elementId}'`);
  return { key, value, element, process };
}

/** The flow node with this id. Throws, as a fault, when there is none. */
export function flowNodeOf(step: ElementStep, id: string): FlowNode {
  const element = step.process.elements.get(id);
  if (element === undefined || element.elementType === 'PROCESS' || element.elementType === 'SEQUENCE_FLOW') {
    throw new Error(`Process '${step.process.id}' has no flow node '${id}'`);
  }
  return element;
}

/** Why the step can't go on: what is around it has ended, is ending, or was interrupted by something else. */
export function scopeRefusal(
  context: ProcessingContext,
  { value, element }: ElementStep,
): string | undefined {
  const flowScopeKey = ownerOf(value);
  if (flowScopeKey === NO_KEY) return undefined;
  const expected = `Expected flow scope '${flowScopeKey}' of element '${element.id}' to be active, but it is`;
  const scope = context.state.elements.get(flowScopeKey);
  if (scope === undefined) return `${expected} not there`;
  if (scope.state !== 'ACTIVATED') return `${expected} ${scope.state}`;
  const interruptedBy = context.state.interruptedScopes.get(flowScopeKey);
  if (interruptedBy === undefined) return undefined;
  const isInterruption =
    element.elementType === 'EVENT_SUB_PROCESS' && element.startEventId === interruptedBy;
  return isInterruption ? undefined : `${expected} interrupted by '${interruptedBy}'`;
}

/** Whether the element is a multi-instance activity. */
export function isRepeated(element: ExecutableElement): boolean {
  return 'multiInstance' in element && element.multiInstance !== undefined;
}

/** Whether the step is of what is around the instances of a multi-instance activity. */
export function isBody({ value }: Pick<ElementStep, 'value'>): boolean {
  return value.bpmnElementType === 'MULTI_INSTANCE_BODY';
}

/**
 * The value of an element instance inside the given scope, which may be the flow scope of the step or the step. Of a
 * multi-instance activity it is the body.
 */
export function valueInside(
  around: ProcessInstanceValue,
  flowScopeKey: Key,
  element: ExecutableElement,
  takenFlowIds: readonly string[] = [],
): ProcessInstanceValue {
  return {
    bpmnProcessId: around.bpmnProcessId,
    version: around.version,
    processDefinitionKey: around.processDefinitionKey,
    processInstanceKey: around.processInstanceKey,
    elementId: element.id,
    bpmnElementType: isRepeated(element) ? 'MULTI_INSTANCE_BODY' : element.elementType,
    bpmnEventType: element.eventType,
    flowScopeKey,
    parentProcessInstanceKey: around.parentProcessInstanceKey,
    parentElementInstanceKey: around.parentElementInstanceKey,
    tenantId: around.tenantId,
    takenFlowIds,
  };
}
