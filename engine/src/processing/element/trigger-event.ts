import type { StartEvent } from '../../bpmn/model.ts';
import type { Document } from '../../protocol/document.ts';
import type { Key } from '../../protocol/key.ts';
import type { ElementInstance } from '../../state/tables/elements.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from './behavior.ts';
import { catchEventOf } from './catch-events.ts';
import { activateEventSubProcess } from './event-sub-process.ts';
import { scopeRefusal, stepOf } from './step.ts';
import { unsubscribeFromEvents } from './subscribe.ts';
import { terminateChildren } from './terminate-children.ts';
import { addTrigger, pendingTriggerOf } from './trigger.ts';
import { enterTriggeredEvent } from './triggered-event.ts';

/**
 * Whether the element instance still waits at the event: it is active and not banned, and nothing ends it or what is
 * around it.
 */
export function canTrigger(context: ProcessingContext, key: Key, eventId: string): boolean {
  const instance = context.state.elements.get(key);
  if (instance?.state !== 'ACTIVATED') return false;
  if (context.state.bannedInstances.has(instance.value.processInstanceKey)) return false;
  const step = stepOf(context, key, instance.value);
  if (scopeRefusal(context, step) !== undefined) return false;
  const isEnding = pendingTriggerOf(context, key, (id) => {
    return (
      step.element.elementType === 'EVENT_BASED_GATEWAY' ||
      step.process.elements.get(id)?.elementType !== 'START_EVENT'
    );
  });
  if (isEnding !== undefined) return false;
  const isInside = catchEventOf(step, eventId).elementType === 'START_EVENT';
  return !(isInside && context.state.interruptedScopes.has(key));
}

/** Lets an event for which `canTrigger` holds happen. */
export function triggerEvent(
  context: ProcessingContext,
  key: Key,
  eventId: string,
  variables: Document,
): void {
  const { value } = context.state.elements.get(key) as ElementInstance; // canTrigger has found it
  const step = stepOf(context, key, value);
  const event = catchEventOf(step, eventId);
  if (event.elementType === 'START_EVENT') {
    triggerEventSubProcess(context, step, event, variables);
    return;
  }
  const eventKey = addTrigger(context, key, value, eventId, variables);
  if (event.elementType !== 'BOUNDARY_EVENT') {
    context.command('PROCESS_INSTANCE', 'COMPLETE_ELEMENT', key, value);
  } else if (event.isInterrupting) {
    context.command('PROCESS_INSTANCE', 'TERMINATE_ELEMENT', key, value);
  } else {
    enterTriggeredEvent(context, step, { eventKey, trigger: { targetElementId: eventId, variables } });
  }
}

/** Begins an event sub-process in the scope; one that interrupts, when all else in the scope has ended. */
export function triggerEventSubProcess(
  context: ProcessingContext,
  scope: ElementStep,
  start: StartEvent,
  variables: Document,
): void {
  const { key, value } = scope;
  const eventKey = addTrigger(context, key, value, start.id, variables, start.isInterrupting);
  if (start.isInterrupting) {
    const isInside = (id: string) => scope.process.elements.get(id)?.elementType === 'START_EVENT';
    unsubscribeFromEvents(context, key, isInside);
    if (terminateChildren(context, key)) return; // the last one to go lets it begin
  }
  const trigger = { targetElementId: start.id, variables };
  activateEventSubProcess(context, scope, { eventKey, trigger });
}
