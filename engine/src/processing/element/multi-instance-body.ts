import { evaluateList } from '../../bpmn/expression.ts';
import type { FlowNode } from '../../bpmn/model.ts';
import type { JsonText } from '../../protocol/document.ts';
import { withDefaults } from '../../protocol/value-types.ts';
import type { ProcessingContext } from '../context.ts';
import { evaluationContext, valueOrFailure } from '../variable/evaluation.ts';
import { propagateVariables, setLocalVariables } from '../variable/set.ts';
import type { Behavior, ElementStep } from './behavior.ts';
import { activateInstances, activateNextInstance, multiInstanceOf, progressOf } from './multi-instance.ts';
import { completeAtOnce } from './trigger.ts';

/**
 * What is around the instances of a multi-instance activity, with its id. The input collection is evaluated once; the
 * output collection, nulls while the body runs, is handed on in one piece at its end: written anew for each
 * instance, as Zeebe does, it would be the square of its size in the log.
 */
export const multiInstanceBody: Behavior<FlowNode> = {
  activate: (context, step) => {
    const { inputCollection, outputCollection } = multiInstanceOf(step);
    const items = valueOrFailure(evaluateList(inputCollection, evaluationContext(context, step.key)));
    return () => {
      const { elementId, processInstanceKey, processDefinitionKey, tenantId } = step.value;
      const evaluated = withDefaults('MULTI_INSTANCE', {
        inputCollection: items.map((item) => JSON.stringify(item) as JsonText),
        elementId,
        processInstanceKey,
        processDefinitionKey,
        tenantId,
        chainLength: context.chainLength,
      });
      context.event('MULTI_INSTANCE', 'INPUT_COLLECTION_EVALUATED', step.key, evaluated);
      if (outputCollection === undefined) return;
      setLocalVariables(context, step.key, step.value, [[outputCollection, outputs(context, step)]]);
    };
  },
  activated: (context, step) => {
    if (progressOf(context, step.key).inputCollection.length === 0) completeAtOnce(context, step);
    else if (multiInstanceOf(step).isSequential) activateNextInstance(context, step);
    else activateInstances(context, step, 0);
  },
  complete: (context, step) => {
    const { outputCollection } = multiInstanceOf(step);
    if (outputCollection === undefined) return;
    const { flowScopeKey } = step.value;
    propagateVariables(context, flowScopeKey, step.value, [[outputCollection, outputs(context, step)]]);
  },
};

/** Results in the order of the input; null where there is none. */
function outputs(context: ProcessingContext, { key }: ElementStep): JsonText {
  const found = context.state.loopOutputs.of(key);
  const { inputCollection } = progressOf(context, key);
  return `[${inputCollection.map((_, index) => found.get(index + 1) ?? 'null').join(',')}]` as JsonText;
}
