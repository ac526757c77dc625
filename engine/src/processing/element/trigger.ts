import type { FlowNode } from '../../bpmn/model.ts';
import { type Document, EMPTY_DOCUMENT } from '../../protocol/document.ts';
import type { Key } from '../../protocol/key.ts';
import type { ProcessInstanceValue } from '../../protocol/values/process-instance.ts';
import type { Trigger } from '../../state/tables/process-events.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from './behavior.ts';

/**
 * Lets what waits at an element instance go on: there, or at an event that belongs to it. Follow with a command. Returns
 * the event's key. With `interruptsScope` everything in the scope but the target's event sub-process is about to end.
 */
export function addTrigger(
  context: ProcessingContext,
  key: Key,
  value: ProcessInstanceValue,
  targetElementId: string,
  variables: Document,
  interruptsScope = false,
): Key {
  const eventKey = context.nextKey();
  context.event('PROCESS_EVENT', 'TRIGGERING', eventKey, {
    scopeKey: key,
    targetElementId,
    variables,
    processDefinitionKey: value.processDefinitionKey,
    processInstanceKey: value.processInstanceKey,
    tenantId: value.tenantId,
    interruptsScope,
  });
  return eventKey;
}

/** Takes up the event that has triggered the element instance; its variables. */
export function takeTrigger(context: ProcessingContext, step: ElementStep<FlowNode>): Document {
  for (const [eventKey, { targetElementId, variables }] of context.state.triggers.of(step.key)) {
    if (targetElementId !== step.element.id) continue;
    endTrigger(context, step, eventKey, targetElementId);
    return variables;
  }
  return EMPTY_DOCUMENT;
}

/** An event that triggered an element instance, with its key. */
export type PendingTrigger = { readonly eventKey: Key; readonly trigger: Trigger };

/** The first event that has triggered the element instance and goes on at such an element. */
export function pendingTriggerOf(
  context: ProcessingContext,
  key: Key,
  isMeant: (targetElementId: string) => boolean,
): PendingTrigger | undefined {
  let first: PendingTrigger | undefined;
  for (const [eventKey, trigger] of context.state.triggers.of(key)) {
    const isFirst = first === undefined || eventKey < first.eventKey;
    if (isFirst && isMeant(trigger.targetElementId)) first = { eventKey, trigger };
  }
  return first;
}

/** Lets the event, which belongs to the step's element instance, trigger another one that is about to be activated. */
export function moveTrigger(
  context: ProcessingContext,
  from: ElementStep,
  { eventKey, trigger }: PendingTrigger,
  toKey: Key,
): void {
  endTrigger(context, from, eventKey, trigger.targetElementId);
  addTrigger(context, toKey, from.value, trigger.targetElementId, trigger.variables);
}

function endTrigger(
  context: ProcessingContext,
  { key, value }: ElementStep,
  eventKey: Key,
  targetElementId: string,
): void {
  context.event('PROCESS_EVENT', 'TRIGGERED', eventKey, {
    scopeKey: key,
    targetElementId,
    variables: EMPTY_DOCUMENT,
    processDefinitionKey: value.processDefinitionKey,
    processInstanceKey: value.processInstanceKey,
    tenantId: value.tenantId,
    interruptsScope: false,
  });
}

/** For elements that wait for nothing. */
export function completeAtOnce(context: ProcessingContext, step: ElementStep): void {
  context.command('PROCESS_INSTANCE', 'COMPLETE_ELEMENT', step.key, step.value);
}
