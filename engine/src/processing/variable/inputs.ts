import type { JsonValue } from '../../bpmn/expression.ts';
import type { FlowNode } from '../../bpmn/model.ts';
import type { ProcessingContext } from '../context.ts';
import type { ElementStep } from '../element/behavior.ts';
import { evaluateMappings } from './mapping.ts';
import { setLocalVariables } from './set.ts';

/** Sets the element's input variables in its own scope. Throws ElementFailure. */
export function mapInputs(context: ProcessingContext, step: ElementStep<FlowNode>): void {
  const { inputs } = step.element;
  if (inputs.length === 0) return;
  const local = (name: string): JsonValue | undefined => {
    const found = context.state.variables.get(step.key, name);
    return found === undefined ? undefined : (JSON.parse(found.value) as JsonValue);
  };
  const entries = evaluateMappings(context, step.key, inputs, local);
  setLocalVariables(context, step.key, step.value, entries);
}
