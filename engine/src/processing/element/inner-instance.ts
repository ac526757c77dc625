import {
  evaluateBoolean,
  evaluateExpression,
  type JsonValue,
  variableNamesOf,
} from '../../bpmn/expression.ts';
import type { Expression, FlowNode } from '../../bpmn/model.ts';
import type { JsonText } from '../../protocol/document.ts';
import { withDefaults } from '../../protocol/value-types.ts';
import type { ProcessingContext } from '../context.ts';
import { evaluationContext, valueOrFailure } from '../variable/evaluation.ts';
import { setLocalVariables } from '../variable/set.ts';
import type { Behavior, ElementStep } from './behavior.ts';
import { endPath } from './flow.ts';
import { multiInstanceOf, progressOf } from './multi-instance.ts';
import { terminateChildren } from './terminate-children.ts';

/** One instance of a multi-instance activity: does what the activity does, and gives its result to the body. */
export function innerInstanceOf(activity: Behavior<FlowNode>): Behavior<FlowNode> {
  return {
    ...activity,
    activate: (context, step) => {
      setLoopVariables(context, step);
      return activity.activate?.(context, step);
    },
    complete: (context, step) => {
      activity.complete?.(context, step);
      noteResult(context, step);
    },
    leave: (context, { value }) => {
      const bodyKey = value.flowScopeKey;
      const isEnough = context.state.interruptedScopes.has(bodyKey);
      if (!(isEnough && terminateChildren(context, bodyKey))) endPath(context, bodyKey);
    },
  };
}

function setLoopVariables(context: ProcessingContext, step: ElementStep): void {
  const { inputElement, outputElement } = multiInstanceOf(step);
  const loopCounter = loopCounterOf(context, step);
  const item = progressOf(context, step.value.flowScopeKey).inputCollection[loopCounter - 1];
  const entries: [string, JsonText][] = [['loopCounter', String(loopCounter) as JsonText]];
  if (inputElement !== undefined && item !== undefined) entries.unshift([inputElement, item]);
  // So that a result of this name stays in this instance and does not meet those of the others.
  const result = outputElement === undefined ? undefined : plainVariableOf(outputElement);
  if (result !== undefined && !context.state.variables.has(step.key, result)) {
    if (result !== inputElement) entries.push([result, 'null' as JsonText]);
  }
  setLocalVariables(context, step.key, step.value, entries);
}

/** Throws ElementFailure, with nothing emitted. */
function noteResult(context: ProcessingContext, step: ElementStep): void {
  const { outputElement, completionCondition } = multiInstanceOf(step);
  const bodyKey = step.value.flowScopeKey;
  const output =
    outputElement === undefined
      ? undefined
      : (JSON.stringify(
          valueOrFailure(evaluateExpression(outputElement, evaluationContext(context, step.key))),
        ) as JsonText);
  const isEnough = completionCondition !== undefined && holds(context, step, completionCondition, output);
  const { elementId, processInstanceKey, processDefinitionKey, tenantId } = step.value;
  const value = withDefaults('MULTI_INSTANCE', {
    loopCounter: loopCounterOf(context, step),
    ...(output === undefined ? {} : { outputElement: output }),
    elementId,
    processInstanceKey,
    processDefinitionKey,
    tenantId,
  });
  if (output !== undefined) context.event('MULTI_INSTANCE', 'OUTPUT_ELEMENT_EVALUATED', bodyKey, value);
  if (isEnough) context.event('MULTI_INSTANCE', 'COMPLETION_CONDITION_MET', bodyKey, value);
}

/** Whether no more instances are needed once this one has completed. */
function holds(
  context: ProcessingContext,
  step: ElementStep,
  condition: Expression,
  output: JsonText | undefined,
): boolean {
  const { state } = context;
  const bodyKey = step.value.flowScopeKey;
  const { inputCollection, completed, terminated } = progressOf(context, bodyKey);
  const numbers = {
    numberOfInstances: inputCollection.length,
    numberOfActiveInstances: state.children.of(bodyKey).size - 1,
    numberOfCompletedInstances: completed + 1,
    numberOfTerminatedInstances: terminated,
  };
  const known = new Map<string, JsonValue>(Object.entries(numbers));
  const { outputCollection } = multiInstanceOf(step);
  if (outputCollection !== undefined && variableNamesOf(condition).includes(outputCollection)) {
    const results = new Map(state.loopOutputs.of(bodyKey));
    if (output !== undefined) results.set(loopCounterOf(context, step), output);
    known.set(
      outputCollection,
      inputCollection.map((_, index) => JSON.parse(results.get(index + 1) ?? 'null') as JsonValue),
    );
  }
  const evaluation = evaluationContext(context, step.key, known);
  return valueOrFailure(evaluateBoolean(condition, evaluation));
}

function loopCounterOf(context: ProcessingContext, { key }: ElementStep): number {
  return context.state.loopCounters.get(key) ?? 1;
}

/** `result` of `= result` and `= result.total`; undefined for other expressions. */
function plainVariableOf(expression: Expression): string | undefined {
  if (expression.kind === 'static') return undefined;
  return /^([\p{L}_$][\p{L}\p{N}_$]*)(\.[\p{L}_$][\p{L}\p{N}_$]*)*$/u.exec(expression.source)?.[1];
}
