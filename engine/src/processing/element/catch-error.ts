import { evaluateString } from '../../bpmn/expression.ts';
import type { BoundaryEvent, ErrorDefinition, ExecutableElement, StartEvent } from '../../bpmn/model.ts';
import type { Document } from '../../protocol/document.ts';
import type { Key } from '../../protocol/key.ts';
import type { ElementInstance } from '../../state/tables/elements.ts';
import { scopesAndCallersFrom } from '../../state/visible-variables.ts';
import type { ProcessingContext } from '../context.ts';
import { evaluationContext } from '../variable/evaluation.ts';
import type { ElementStep } from './behavior.ts';
import { boundaryEventIdsOf, eventSubProcessStartsOf } from './catch-events.ts';
import { isBody, stepOf } from './step.ts';
import { addTrigger } from './trigger.ts';
import { triggerEventSubProcess } from './trigger-event.ts';

type ErrorEvent = BoundaryEvent | StartEvent;

/** The event that catches an error, and the element instance that it belongs to. */
type Catcher = { readonly step: ElementStep; readonly event: ErrorEvent };

/**
 * The nearest event for an error thrown in the element instance: of the element itself or of a scope around it, an event
 * sub-process inside before a boundary event of the scope, one with this code before one for all. Errors leave a called
 * process at its call activity.
 */
export function catcherOf(context: ProcessingContext, thrownIn: Key, errorCode: string): Catcher | undefined {
  for (const key of scopesAndCallersFrom(context.state, thrownIn)) {
    const instance = context.state.elements.get(key) as ElementInstance; // scopes have rows
    if (instance.state === 'TERMINATING') continue;
    const step = stepOf(context, key, instance.value);
    const inside = key === thrownIn ? [] : eventSubProcessesOf(context, step);
    const event =
      eventFor(context, step, inside, errorCode) ??
      eventFor(context, step, boundaryEventIdsOf(step), errorCode);
    if (event !== undefined) return { step, event };
  }
  return undefined;
}

/** Lets the error go on at the event for it. False, with nothing emitted, when there is none. */
export function catchError(
  context: ProcessingContext,
  thrownIn: Key,
  errorCode: string,
  variables: Document,
): boolean {
  const catcher = catcherOf(context, thrownIn, errorCode);
  if (catcher === undefined) return false;
  const { step, event } = catcher;
  if (event.elementType === 'START_EVENT') {
    triggerEventSubProcess(context, step, event, variables);
  } else {
    addTrigger(context, step.key, step.value, event.id, variables);
    context.command('PROCESS_INSTANCE', 'TERMINATE_ELEMENT', step.key, step.value);
  }
  return true;
}

/** Start events of event sub-processes that may still begin in the scope. */
function eventSubProcessesOf(context: ProcessingContext, step: ElementStep): readonly string[] {
  const { element, key } = step;
  if (!('eventSubProcessIds' in element) || isBody(step)) return [];
  if (context.state.interruptedScopes.has(key)) return [];
  return eventSubProcessStartsOf(step, element.eventSubProcessIds).map(({ id }) => id);
}

function eventFor(
  context: ProcessingContext,
  step: ElementStep,
  ids: readonly string[],
  code: string,
): ErrorEvent | undefined {
  let forAll: ErrorEvent | undefined;
  for (const id of ids) {
    const event = errorEventOf(step.process.elements.get(id));
    if (event === undefined) continue;
    const { errorCode } = event.definition;
    if (errorCode === undefined) forAll ??= event;
    else {
      const caught = evaluateString(errorCode, evaluationContext(context, step.key));
      if (caught.ok && caught.value === code) return event;
    }
  }
  return forAll;
}

type WithError = ErrorEvent & { readonly definition: ErrorDefinition };

function errorEventOf(element: ExecutableElement | undefined): WithError | undefined {
  if (element?.elementType !== 'BOUNDARY_EVENT' && element?.elementType !== 'START_EVENT') return undefined;
  return element.definition.kind === 'error' ? (element as WithError) : undefined;
}
