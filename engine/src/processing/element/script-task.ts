import { evaluateExpression } from '../../bpmn/expression.ts';
import type { ScriptTask } from '../../bpmn/model.ts';
import { type JsonText, joinDocument } from '../../protocol/document.ts';
import { evaluationContext, valueOrFailure } from '../variable/evaluation.ts';
import { mapInputs } from '../variable/inputs.ts';
import { mapOutputs } from '../variable/outputs.ts';
import type { Behavior } from './behavior.ts';
import { addTrigger, completeAtOnce } from './trigger.ts';

/** FEEL that the engine evaluates. Its result is handed on like that of a job. */
export const scriptTask: Behavior<ScriptTask> = {
  activate: (context, step) => {
    mapInputs(context, step);
    const { script, id } = step.element;
    if (script === undefined) throw new Error(`'${id}' has no script`);
    const result = valueOrFailure(
      evaluateExpression(script.expression, evaluationContext(context, step.key)),
    );
    const variables = joinDocument([[script.resultVariable, JSON.stringify(result) as JsonText]]);
    return () => {
      addTrigger(context, step.key, step.value, id, variables);
    };
  },
  activated: completeAtOnce,
  complete: mapOutputs,
};
