import type { KeyReader } from '../config/flow.ts';
import { valuesAt } from '../config/path.ts';
import type { AttributeValue, EventFlag } from '../event/event.ts';
import { boundKey } from './bounds.ts';
import { flatten } from './flatten.ts';
import { addFlag } from './otlp-text.ts';

export type Variables = Readonly<Record<string, unknown>>;
/** A rule that reads process variables. */
export type VariableReader = Extract<KeyReader, { readonly variable: unknown }>;

/** Variables as attributes: objects by paths with dots, lists as JSON. */
export function attributesOf(variables: Variables): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (name !== '__proto__') flatten(name, value, attributes);
  }
  return attributes;
}

/** Adds what the rules find among the variables to the keys. */
export function addKeys(
  keys: Record<string, string[]>,
  variables: Variables,
  readers: readonly VariableReader[],
  flags: EventFlag[],
): void {
  for (const { keyType, variable } of readers) {
    for (const text of valuesAt(variable, variables)) {
      const bounded = boundKey(text);
      if (bounded.cut) addFlag(flags, 'key-cut');
      const values = Object.hasOwn(keys, keyType) ? keys[keyType] : undefined;
      if (values === undefined) keys[keyType] = [bounded.value];
      else if (!values.includes(bounded.value)) values.push(bounded.value);
    }
  }
}
