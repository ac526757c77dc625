import type { FlowNode } from '../../bpmn/model.ts';
import { type Document, EMPTY_DOCUMENT } from '../../protocol/document.ts';
import type { Key } from '../../protocol/key.ts';
import type { ProcessInstanceValue } from '../../protocol/values/process-instance.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from './behavior.ts';

/** Lets what waits at an element instance go on: there, or at a boundary event of it. Follow with a command. */
export function addTrigger(
  context: ProcessingContext,
  key: Key,
  value: ProcessInstanceValue,
  targetElementId: string,
  variables: Document,
): void {
  context.event('PROCESS_EVENT', 'TRIGGERING', context.nextKey(), {
    scopeKey: key,
    targetElementId,
    variables,
    processDefinitionKey: value.processDefinitionKey,
    processInstanceKey: value.processInstanceKey,
    tenantId: value.tenantId,
  });
}

/** Takes up the event that has triggered the element instance; its variables. */
export function takeTrigger(context: ProcessingContext, step: ElementStep<FlowNode>): Document {
  for (const [eventKey, { targetElementId, variables }] of context.state.triggers.of(step.key)) {
    if (targetElementId !== step.element.id) continue;
    context.event('PROCESS_EVENT', 'TRIGGERED', eventKey, {
      scopeKey: step.key,
      targetElementId,
      variables: EMPTY_DOCUMENT,
      processDefinitionKey: step.value.processDefinitionKey,
      processInstanceKey: step.value.processInstanceKey,
      tenantId: step.value.tenantId,
    });
    return variables;
  }
  return EMPTY_DOCUMENT;
}

/** For elements that wait for nothing. */
export function completeAtOnce(context: ProcessingContext, step: ElementStep): void {
  context.command('PROCESS_INSTANCE', 'COMPLETE_ELEMENT', step.key, step.value);
}
