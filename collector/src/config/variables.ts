import type { Fault, Path } from './problem.ts';

const VARIABLE = /(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

export type Expanded = { readonly value: unknown; readonly faults: readonly Fault[] };

/**
 * Replaces `${NAME}` in every text by the variable of the environment, so that secrets need not stand in a file; `$${NAME}` stands for
 * `${NAME}` itself. A variable that is not set is a fault at the text's place.
 */
export function expandVariables(
  input: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): Expanded {
  const faults: Fault[] = [];
  const expand = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return expandText(value, path);
    if (Array.isArray(value)) return value.map((each, i) => expand(each, [...path, i]));
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
      return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, expand(each, [...path, name])]),
    );
  };
  const expandText = (text: string, path: Path): string =>
    text.replace(VARIABLE, (whole, dollar: string, name: string) => {
      if (dollar !== '') return whole.slice(1);
      const found = environment[name];
      if (found !== undefined && found !== '') return found;
      faults.push({ path, atName: false, message: `the variable ${name} is not set in the environment` });
      return '';
    });
  return { value: expand(input, []), faults };
}
