import type { EvaluationContext, JsonValue, Outcome } from '../../bpmn/expression.ts';
import type { Key } from '../../protocol/key.ts';
import type { IncidentErrorType } from '../../protocol/values/incident.ts';
import { visibleVariable } from '../../state/visible-variables.ts';
import type { ProcessingContext } from '../context.ts';
import { ElementFailure } from '../element/behavior.ts';

/** What an expression sees at an element instance; `over` hides variables of the same names. */
export function evaluationContext(
  context: ProcessingContext,
  scopeKey: Key,
  over?: ReadonlyMap<string, JsonValue>,
): EvaluationContext {
  return {
    nowMs: context.nowMs,
    variable: (name) => {
      const own = over?.get(name);
      if (own !== undefined) return own;
      const found = visibleVariable(context.state, scopeKey, name);
      return found === undefined ? undefined : (JSON.parse(found) as JsonValue);
    },
  };
}

/** The value, or the incident that there is none. */
export function valueOrFailure<T>(
  outcome: Outcome<T>,
  errorType: IncidentErrorType = 'EXTRACT_VALUE_ERROR',
): T {
  if (outcome.ok) return outcome.value;
  throw new ElementFailure(errorType, outcome.message);
}
