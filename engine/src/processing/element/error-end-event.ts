import { evaluateString } from '../../bpmn/expression.ts';
import type { EndEvent } from '../../bpmn/model.ts';
import { localVariables } from '../../state/visible-variables.ts';
import type { ProcessingContext } from '../context.ts';
import { evaluationContext, valueOrFailure } from '../variable/evaluation.ts';
import { mapInputs } from '../variable/inputs.ts';
import { type Behavior, ElementFailure, type ElementStep } from './behavior.ts';
import { catchError, catcherOf } from './catch-error.ts';

/**
 * Throws an error with the variables that its input mappings set. It never completes: the scope that catches the error
 * ends, and with it this event. Without one it is an incident.
 */
export const errorEndEvent: Behavior<EndEvent> = {
  activate: (context, step) => {
    mapInputs(context, step);
    const errorCode = errorCodeOf(context, step);
    if (catcherOf(context, step.key, errorCode) !== undefined) return;
    const message = `Expected to throw an error event with the code '${errorCode}', but it was not caught.`;
    throw new ElementFailure('UNHANDLED_ERROR_EVENT', message);
  },
  activated: (context, step) => {
    const variables = localVariables(context.state, step.key);
    catchError(context, step.key, errorCodeOf(context, step), variables);
  },
};

function errorCodeOf(context: ProcessingContext, { key, element }: ElementStep<EndEvent>): string {
  const { definition } = element;
  if (definition.kind !== 'error' || definition.errorCode === undefined) {
    throw new Error(`'${element.id}' throws no error`);
  }
  return valueOrFailure(evaluateString(definition.errorCode, evaluationContext(context, key)));
}
