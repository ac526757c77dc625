/**
 * The path language in which rules name a value within JSON: members, indexes, and every element of an array.
 *
 * ```
 * path    = member *( "." member / "[" index "]" / "[*]" / "[" quoted "]" )
 * member  = 1*( any character but . [ ] " * and white space )
 * index   = 1*7DIGIT                ; from 0
 * quoted  = a JSON string           ; for members with other characters in their names
 * ```
 *
 * `data.customer.id`, `data.items[0].sku`, `data.items[*].sku`, `data["order.id"]`. There is nothing to run in it: reading costs as many
 * steps as the path has, times the elements of `[*]`, of which {@link PATH_VISITS_MAX} are looked at.
 */
export type JsonPath = {
  /** As it was written. */
  readonly text: string;
  /** A text is a member, a number an index; {@link EVERY} stands for every element. */
  readonly steps: readonly (string | number)[];
};

export const EVERY = -1;

const PATH_LENGTH_MAX = 512;
const PATH_STEPS_MAX = 32;
const PATH_VISITS_MAX = 10_000;
/** Different values that one path finds in one event, at most; those after them are left out. */
export const PATH_VALUES_MAX = 100;

/** What is wrong with a path, and at which character of it, counted from 1. */
export class PathError extends Error {
  override readonly name = 'PathError';
  readonly character: number;
  constructor(problem: string, character: number) {
    super(`${problem} at character ${character}`);
    this.character = character;
  }
}

const MEMBER = /[^.[\]"*\s]+/y;
const INDEX = /\d{1,7}(?=\])/y;
const QUOTED = /"(?:[^"\\]|\\.)*"(?=\])/suy;

/** @throws PathError */
export function parsePath(text: string): JsonPath {
  if (text.length > PATH_LENGTH_MAX) {
    throw new PathError(
      `a path has at most ${PATH_LENGTH_MAX} characters: it is too long`,
      PATH_LENGTH_MAX + 1,
    );
  }
  const steps: (string | number)[] = [];
  let at = 0;
  while (at < text.length || steps.length === 0) {
    if (steps.length === PATH_STEPS_MAX) {
      throw new PathError(`a path has at most ${PATH_STEPS_MAX} steps: there is one too many`, at + 1);
    }
    const next = text.charAt(at);
    if (next === '[' && steps.length > 0) {
      const { step, end } = bracketAt(text, at + 1);
      steps.push(step);
      at = end;
    } else {
      if (steps.length > 0 && next !== '.') throw new PathError("expected '.', '[' or the end", at + 1);
      if (steps.length > 0) at += 1;
      const name = matchAt(MEMBER, text, at);
      if (name === undefined) throw new PathError('expected a name', at + 1);
      steps.push(name);
      at += name.length;
    }
  }
  return { text, steps };
}

function bracketAt(text: string, at: number): { readonly step: string | number; readonly end: number } {
  if (text.startsWith('*]', at)) return { step: EVERY, end: at + 2 };
  const index = matchAt(INDEX, text, at);
  if (index !== undefined) return { step: Number(index), end: at + index.length + 1 };
  const quoted = matchAt(QUOTED, text, at);
  const name = quoted === undefined ? undefined : textOf(quoted);
  if (quoted !== undefined && name !== undefined) return { step: name, end: at + quoted.length + 1 };
  throw new PathError('expected a number, * or a name in double quotes, then ]', at + 1);
}

function textOf(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** The path of a member below another path, as it would be written. */
export function memberPath(above: string, member: string): string {
  const plain = matchAt(MEMBER, member, 0) === member;
  return plain ? `${above}.${member}` : `${above}[${JSON.stringify(member)}]`;
}

/**
 * The texts, numbers and booleans at the path, as trimmed text, each once, in the order in which they stand; empty ones are left out.
 * What is an object or an array itself is no value.
 *
 * @param from steps of the path that lead to `root`.
 */
export function valuesAt({ steps }: JsonPath, root: unknown, from = 0): string[] {
  const values: string[] = [];
  if (!steps.includes(EVERY)) {
    let value = root;
    for (let at = from; at < steps.length; at++) value = memberOf(value, steps[at] ?? '');
    addValue(values, value);
    return values;
  }
  let visits = 0;
  const walk = (value: unknown, depth: number): void => {
    const step = steps[depth];
    if (step === undefined) addValue(values, value);
    else if (step === EVERY) {
      if (!Array.isArray(value)) return;
      for (const element of value) {
        if (values.length === PATH_VALUES_MAX || ++visits > PATH_VISITS_MAX) return;
        walk(element, depth + 1);
      }
    } else walk(memberOf(value, step), depth + 1);
  };
  walk(root, from);
  return values;
}

function memberOf(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (typeof step === 'number') return Array.isArray(value) ? value[step] : undefined;
  if (Array.isArray(value) || !Object.hasOwn(value, step)) return undefined;
  return (value as Record<string, unknown>)[step];
}

function addValue(values: string[], value: unknown): void {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return;
  const text = String(value).trim();
  if (text !== '' && !values.includes(text)) values.push(text);
}
