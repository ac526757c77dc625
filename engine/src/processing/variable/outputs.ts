import type { JsonValue } from '../../bpmn/expression.ts';
import type { FlowNode } from '../../bpmn/model.ts';
import { entriesOf } from '../../protocol/document.ts';
import { visibleVariable } from '../../state/visible-variables.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from '../element/behavior.ts';
import { takeTrigger } from '../element/trigger.ts';
import { evaluateMappings } from './mapping.ts';
import { propagateVariables, setLocalVariables } from './set.ts';

/**
 * Hands on what the event that triggered the element has brought. With output mappings those variables stay local and
 * only the mapped ones go to the scope around; without, all do but those that the element has itself, from its input
 * mappings. Throws ElementFailure; may then run again.
 */
export function mapOutputs(context: ProcessingContext, step: ElementStep<FlowNode>): void {
  const { state } = context;
  const { outputs } = step.element;
  const entries = entriesOf(takeTrigger(context, step));
  const around = step.value.flowScopeKey;
  if (outputs.length === 0) {
    propagateVariables(context, step.key, step.value, entries);
    return;
  }
  setLocalVariables(context, step.key, step.value, entries);
  const visibleAround = (name: string): JsonValue | undefined => {
    const found = visibleVariable(state, around, name);
    return found === undefined ? undefined : (JSON.parse(found) as JsonValue);
  };
  const mapped = evaluateMappings(context, step.key, outputs, visibleAround);
  propagateVariables(context, around, step.value, mapped);
}
