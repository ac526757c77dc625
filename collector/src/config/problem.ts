import { z } from 'zod';
import { Configuration } from './schema.ts';

/** One thing wrong with a configuration, where it stands, and what to do about it. */
export type ConfigurationProblem = {
  /** The file, or `environment NAME`. */
  readonly file: string;
  /** 1-based; 0 where there is no line. */
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
};

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly ConfigurationProblem[];
  constructor(problems: readonly ConfigurationProblem[]) {
    super(problems.map(lineOf).join('\n'));
    this.problems = problems;
  }
}

function lineOf({ file, line, column, path, message }: ConfigurationProblem): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  return `${place}: ${path === '' ? '' : `${path}: `}${message}`;
}

export type Path = readonly PropertyKey[];

/** What is wrong at a path. `atName`: it is the name that is wrong, not what stands behind it. */
export type Fault = { readonly path: Path; readonly atName: boolean; readonly message: string };

/** The faults that the schema found; each unknown name is one of its own. */
export function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      atName: true,
      message: unknownName(key, namesAt(issue.path)),
    }));
  }
  if (issue.code === 'invalid_key') {
    const message = issue.issues[0]?.message ?? issue.message;
    return [{ path: issue.path, atName: true, message }];
  }
  return [{ path: issue.path, atName: false, message: messageOf(issue) }];
}

function messageOf(issue: z.core.$ZodIssue): string {
  const missing = issue.input === undefined;
  // What the schema says in words of its own stands as it is; the library's words start with one of these.
  const own = !/^(Invalid|Too|Unrecognized)/.test(issue.message);
  if (own)
    return missing || 'discriminator' in issue ? issue.message : `${issue.message}, got ${shown(issue)}`;
  switch (issue.code) {
    case 'invalid_type':
      return missing
        ? `is missing: expected ${wordOf(issue.expected)}`
        : `expected ${wordOf(issue.expected)}, got ${shown(issue)}`;
    case 'invalid_value': {
      const values = issue.values.map((value) => String(value)).join(' or ');
      return missing ? `is missing: expected ${values}` : `expected ${values}, got ${shown(issue)}`;
    }
    case 'too_small':
      return issue.origin === 'array' ? 'expected at least one entry' : 'must not be empty';
    default:
      return issue.message;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  array: 'a list',
  object: 'a map of names to values',
  record: 'a map of names to values',
};

function wordOf(expected: string): string {
  return WORDS[expected] ?? expected;
}

function shown({ input }: z.core.$ZodIssue): string {
  const text = JSON.stringify(input) ?? String(input);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}

function unknownName(name: string, known: readonly string[]): string {
  const closest = closestOf(name, known);
  if (closest !== undefined) return `there is no such name: did you mean '${closest}'?`;
  return `there is no such name here: known are ${known.join(', ')}`;
}

/** The names that the schema knows at a path. */
function namesAt(path: Path): string[] {
  let nodes: JsonSchema[] = [z.toJSONSchema(Configuration, { io: 'input' }) as JsonSchema];
  for (const step of path) {
    nodes = nodes.flatMap(alternativesOf).flatMap((node) => {
      if (typeof step === 'number') return node.items ?? [];
      return node.properties?.[String(step)] ?? node.additionalProperties ?? [];
    });
  }
  const names = nodes.flatMap(alternativesOf).flatMap((node) => Object.keys(node.properties ?? {}));
  return [...new Set(names)];
}

type JsonSchema = {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
};

function alternativesOf(node: JsonSchema): readonly JsonSchema[] {
  return node.oneOf ?? node.anyOf ?? [node];
}

/** The known name with the fewest changes, if they are few: one in three letters at most, without regard to case. */
function closestOf(name: string, known: readonly string[]): string | undefined {
  let closest: string | undefined;
  let fewest = Math.floor(name.length / 3) + 1;
  for (const each of known) {
    const changes = changesBetween(name.toLowerCase(), each.toLowerCase(), fewest);
    if (changes < fewest) {
      closest = each;
      fewest = changes;
    }
  }
  return closest;
}

/** Levenshtein distance; `most` where it is at least that. */
function changesBetween(from: string, to: string, most: number): number {
  if (Math.abs(from.length - to.length) >= most) return most;
  let row = Array.from({ length: to.length + 1 }, (_, place) => place);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replaced = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return Math.min(most, row[to.length] ?? most);
}
