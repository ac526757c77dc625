import { evaluateExpression, type JsonValue } from '../../bpmn/expression.ts';
import type { VariableMapping } from '../../bpmn/model.ts';
import type { JsonText } from '../../protocol/document.ts';
import type { Key } from '../../protocol/key.ts';
import type { ProcessingContext } from '../context.ts';
import { evaluationContext, valueOrFailure } from './evaluation.ts';

type Struct = { [name: string]: JsonValue };

/**
 * Evaluates mappings in order; each sees the results of those before. A target `a.b` sets `b` in the object `a`, which
 * `existing` gives. Throws ElementFailure IO_MAPPING_ERROR.
 */
export function evaluateMappings(
  context: ProcessingContext,
  scopeKey: Key,
  mappings: readonly VariableMapping[],
  existing: (name: string) => JsonValue | undefined,
): [string, JsonText][] {
  const results = new Map<string, JsonValue>();
  const evaluation = evaluationContext(context, scopeKey, results);
  for (const { source, target } of mappings) {
    const value = valueOrFailure(evaluateExpression(source, evaluation), 'IO_MAPPING_ERROR');
    const [name = target, ...path] = target.split('.');
    results.set(name, withPath(results.get(name) ?? existing(name), path, value));
  }
  return [...results].map(([name, value]) => [name, JSON.stringify(value) as JsonText]);
}

function withPath(base: JsonValue | undefined, path: readonly string[], value: JsonValue): JsonValue {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const isStruct = typeof base === 'object' && base !== null && !Array.isArray(base);
  const struct: Struct = isStruct ? { ...(base as Struct) } : {};
  struct[name] = withPath(struct[name], rest, value);
  return struct;
}
