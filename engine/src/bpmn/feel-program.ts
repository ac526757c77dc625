import {
  evaluate,
  type FeelFunction,
  SyntaxError as FeelSyntaxError,
  isFunction,
  parseExpression,
} from 'feelin';
import { camundaFunctions } from './feel-functions.ts';
import { guardFunctions, withinLimits } from './feel-limits.ts';
import { guardedSource } from './feel-source.ts';

/** A FEEL expression, parsed and ready to run. `run` may throw whatever feelin throws. */
export type FeelProgram = {
  /** Names that the expression may read from its variables: a superset, local names of loops are among them. */
  readonly variableNames: readonly string[];
  /** @param variable is asked once per name, before anything is evaluated */
  run(variable: (name: string) => unknown, nowMs: number): FeelRun;
};

type FeelRun = { readonly value: unknown; readonly warnings: readonly FeelWarning[] };

export type FeelWarning = { readonly type: string; readonly message: string };

export type FeelSyntaxProblem = { readonly message: string; readonly position: number };

/** The dialect of feelin in which `a-b` in backticks is one name, as in Camunda's FEEL. */
const dialect = 'camunda';

/** Not a plain object: feelin copies contexts deeply before every evaluation, but hands class instances on. */
class Scope {
  [name: string]: unknown;
}

/**
 * feelin's grammar follows the shape of every value while it parses: lists cost the cube of their length, nested
 * contexts the square of their depth. Within these bounds nothing takes longer than some tenths of a second.
 */
const maxLength = 5000;
const maxDepth = 50;

type Names = {
  readonly tree: ReturnType<typeof parseExpression>;
  readonly variables: ReadonlySet<string>;
  readonly called: ReadonlyMap<string, number>;
  readonly local: ReadonlySet<string>;
};

/**
 * feelin parses at each `evaluate` (12k/s) and does not export its interpreter. FEEL's own lambda keeps what it
 * parsed: the expression is wrapped as `function() (…)`, evaluated once, and the resulting function is invoked with
 * a scope that we refill. That is 300k to 1M evaluations/s for conditions.
 */
export function compileFeel(source: string): FeelProgram | FeelSyntaxProblem {
  const excess = excessOf(source);
  if (excess !== undefined) return excess;
  let nowMs = 0;
  const functions = camundaFunctions(() => nowMs);
  const scope: Scope = Object.assign(new Scope(), functions);
  const names = namesIn(source, scope);
  if ('message' in names) return names;
  const unknownFunction = [...names.called].find(([name]) => !isKnownFunction(name, names, functions));
  if (unknownFunction !== undefined) {
    return { message: `Unknown function '${unknownFunction[0]}'`, position: unknownFunction[1] };
  }
  const ambiguous = [...names.called].find(([name]) => names.variables.has(name));
  if (ambiguous !== undefined) {
    return { message: `'${ambiguous[0]}' is both a function and a variable`, position: ambiguous[1] };
  }
  const guarded = guardedSource(source, names.tree, names);
  if (guarded.text !== source) Object.assign(scope, guardFunctions);
  const { value, warnings } = compiled(guarded.text, scope) ?? evaluate(asFunction(source), scope, dialect);
  if (!isFunction(value)) return { message: 'Not one expression', position: 0 };
  for (const name of Object.keys(functions)) if (!names.called.has(name)) delete scope[name];
  const variableNames = [...names.variables];
  return {
    variableNames,
    run(variable, now) {
      nowMs = now;
      warnings.length = 0;
      for (const name of variableNames) scope[name] = variable(name);
      let result: unknown;
      try {
        result = withinLimits(guarded.isQuick, () => (value as FeelFunction).invoke([]) as unknown);
      } finally {
        // A large value must not live on here after its instance.
        for (const name of variableNames) scope[name] = undefined;
      }
      return { value: result, warnings: warnings.length === 0 ? noWarnings : [...warnings] };
    },
  };
}

/** Undefined when it can't be parsed: a name that contains an operator may be known only without guards. */
function compiled(source: string, scope: Scope): ReturnType<typeof evaluate> | undefined {
  try {
    return evaluate(asFunction(source), scope, dialect);
  } catch (error) {
    if (error instanceof FeelSyntaxError) return undefined;
    throw error;
  }
}

/** The line break ends a comment on the last line. */
function asFunction(source: string): string {
  return `function() (${source}\n)`;
}

function excessOf(source: string): FeelSyntaxProblem | undefined {
  if (source.length > maxLength) {
    return { message: `Longer than ${maxLength} characters`, position: maxLength };
  }
  let depth = 0;
  let isInText = false;
  for (let position = 0; position < source.length; position += 1) {
    const character = source.charAt(position);
    if (isInText && character === '\\') position += 1;
    else if (character === '"') isInText = !isInText;
    else if (isInText) continue;
    else if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) depth -= 1;
    if (depth > maxDepth) return { message: `Nested deeper than ${maxDepth}`, position };
  }
  return undefined;
}

const noWarnings: readonly FeelWarning[] = [];

function namesIn(source: string, scope: Scope): Names | FeelSyntaxProblem {
  const variables = new Set<string>();
  const called = new Map<string, number>();
  const local = new Set<string>();
  let problem: FeelSyntaxProblem | undefined;
  const tree = parseExpression(source, scope, dialect);
  tree.iterate({
    enter(node) {
      if (node.type.isError) problem ??= syntaxProblem(source, node.from);
      const text = source.slice(node.from, node.to);
      if (node.name === 'Name') local.add(nameOf(text));
      if (node.name !== 'VariableName') return;
      const isCalled =
        node.node.parent?.name === 'FunctionInvocation' && node.node.parent.firstChild?.from === node.from;
      if (isCalled) called.set(nameOf(text), node.from);
      // Object.assign would take `__proto__` for the prototype.
      else if (nameOf(text) !== '__proto__') variables.add(nameOf(text));
    },
  });
  return problem ?? { tree, variables, called, local };
}

function nameOf(text: string): string {
  return text.startsWith('`') ? text.slice(1, -1) : text.replace(/\s+/g, ' ');
}

/** feelin's own words for what is wrong, with the position in our source. */
function syntaxProblem(source: string, position: number): FeelSyntaxProblem {
  try {
    evaluate(source, new Scope(), dialect);
  } catch (error) {
    if (error instanceof FeelSyntaxError) return { message: error.message, position: error.position.from };
  }
  return { message: 'Unrecognized token', position };
}

const builtinNames = new Map<string, boolean>();

function isKnownFunction(name: string, names: Names, functions: Readonly<Record<string, unknown>>): boolean {
  if (Object.hasOwn(functions, name) || names.local.has(name)) return true;
  let known = builtinNames.get(name);
  if (known === undefined) {
    // feelin's own functions are plain JavaScript functions.
    known = typeof evaluate(`\`${name}\``, new Scope(), dialect).value === 'function';
    if (known) builtinNames.set(name, known);
  }
  return known;
}
