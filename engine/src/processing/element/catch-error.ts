import { evaluateString } from '../../bpmn/expression.ts';
import type { ErrorDefinition, ExecutableElement } from '../../bpmn/model.ts';
import type { Document } from '../../protocol/document.ts';
import type { Key } from '../../protocol/key.ts';
import type { ElementInstance } from '../../state/tables/elements.ts';
import { scopesFrom } from '../../state/visible-variables.ts';
import type { ProcessingContext } from '../context.ts';
import { evaluationContext } from '../variable/evaluation.ts';
import type { ElementStep } from './behavior.ts';
import { stepOf } from './step.ts';
import { addTrigger } from './trigger.ts';

/**
 * Lets the error thrown in the element instance go on at the nearest boundary event for it: of the element itself or of
 * a scope around it, one with this code before one for all. False, with nothing emitted, when there is none.
 */
export function catchError(
  context: ProcessingContext,
  thrownIn: Key,
  errorCode: string,
  variables: Document,
): boolean {
  for (const key of scopesFrom(context.state, thrownIn)) {
    const instance = context.state.elements.get(key) as ElementInstance; // scopes have rows
    if (instance.state === 'TERMINATING') continue;
    const eventId = boundaryEventFor(context, stepOf(context, key, instance.value), errorCode);
    if (eventId === undefined) continue;
    addTrigger(context, key, instance.value, eventId, variables);
    context.command('PROCESS_INSTANCE', 'TERMINATE_ELEMENT', key, instance.value);
    return true;
  }
  return false;
}

function boundaryEventFor(context: ProcessingContext, step: ElementStep, code: string): string | undefined {
  let forAll: string | undefined;
  for (const id of boundaryEventIdsOf(step.element)) {
    const definition = errorDefinitionOf(step.process.elements.get(id));
    if (definition === undefined) continue;
    if (definition.errorCode === undefined) forAll ??= id;
    else {
      const caught = evaluateString(definition.errorCode, evaluationContext(context, step.key));
      if (caught.ok && caught.value === code) return id;
    }
  }
  return forAll;
}

function boundaryEventIdsOf(element: ExecutableElement): readonly string[] {
  return 'boundaryEventIds' in element ? element.boundaryEventIds : [];
}

function errorDefinitionOf(element: ExecutableElement | undefined): ErrorDefinition | undefined {
  if (element?.elementType !== 'BOUNDARY_EVENT') return undefined;
  return element.definition.kind === 'error' ? element.definition : undefined;
}
