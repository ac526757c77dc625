import type { z } from 'zod';
import { HttpProblem } from './problem.ts';

/** The value as the schema has it. Throws HttpProblem that names the field, what was expected and what came. */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue === undefined) throw new HttpProblem('INVALID_ARGUMENT', 'Expected a request, but got another');
  throw problemOfIssue(issue);
}

function problemOfIssue(issue: z.core.$ZodIssue): HttpProblem {
  const place = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const field = [...place, issue.keys[0] ?? ''].join('.');
    return new HttpProblem('INVALID_ARGUMENT', `Expected known fields only, but got '${field}'`, { field });
  }
  const field = place.join('.');
  const what = field === '' ? 'the body' : `'${field}'`;
  const expectation = expectationOf(issue);
  const detail = `Expected ${what} ${expectation}, but got ${shown(issue.input)}`;
  return new HttpProblem('INVALID_ARGUMENT', detail, field === '' ? {} : { field });
}

function expectationOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `to be ${ARTICLES[issue.expected] ?? `of type ${issue.expected}`}`;
    case 'too_small':
      return `to ${lengthOf(issue.origin)} at least ${issue.minimum}`;
    case 'too_big':
      return `to ${lengthOf(issue.origin)} at most ${issue.maximum}`;
    case 'custom':
      return issue.message;
    default:
      return `to be valid (${issue.message})`;
  }
}

const ARTICLES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a JSON object',
};

function lengthOf(origin: string): string {
  if (origin === 'string') return 'have a length of';
  return origin === 'array' ? 'have a number of entries of' : 'be';
}

function shown(input: unknown): string {
  if (input === undefined) return 'nothing';
  if (typeof input === 'number' || typeof input === 'boolean' || input === null) return `${input}`;
  if (typeof input === 'string') return input.length > 50 ? `a text of length ${input.length}` : `'${input}'`;
  return Array.isArray(input) ? 'a list' : 'a JSON object';
}
