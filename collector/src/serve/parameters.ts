import type { Request } from 'express';
import type { z } from 'zod';
import type { Filter, PageRequest, View } from '../store/store.ts';
import { badParameter } from './problem.ts';
import { ChainView, FlowFilter } from './schema.ts';

const ATTRIBUTE = 'attribute.';
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;
/** Of every flow call, beside the filters. */
const CALL_PARAMETERS = ['view', 'cursor', 'limit', 'flow'];

/** @throws HttpProblem 400 that names the parameter and what is allowed. */
export function filterOf(request: Request): Filter {
  const known = Object.keys(FlowFilter.shape);
  const given: Record<string, string> = {};
  const attributes: { name: string; value: string }[] = [];
  for (const [name, value] of Object.entries(request.query)) {
    if (typeof value !== 'string') throw badParameter(name, `'${name}' is given more than once.`);
    if (name.startsWith(ATTRIBUTE)) attributes.push({ name: name.slice(ATTRIBUTE.length), value });
    else if (known.includes(name)) given[name] = value;
    else if (!CALL_PARAMETERS.includes(name)) {
      throw badParameter(name, `There is no parameter '${name}'.`, [
        ...known,
        'attribute.NAME',
        ...CALL_PARAMETERS,
      ]);
    }
  }
  const parsed = FlowFilter.safeParse(given);
  if (!parsed.success) throw problemOfIssue(parsed.error, given);
  return toFilter(parsed.data, attributes);
}

function problemOfIssue(error: z.ZodError, given: Readonly<Record<string, string>>): Error {
  const issue = error.issues[0];
  const name = String(issue?.path[0] ?? '');
  const allowed = issue?.code === 'invalid_value' ? issue.values.map(String) : undefined;
  return badParameter(name, `${name}=${given[name] ?? ''}: ${issue?.message ?? 'not allowed'}`, allowed);
}

function toFilter(given: FlowFilter, attributes: Filter['attributes'] & object): Filter {
  const { from, to, edge, ...rest } = given;
  const same = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    ...same,
    ...(from === undefined ? {} : { fromUs: Date.parse(from) * 1000 }),
    ...(to === undefined ? {} : { toUs: Date.parse(to) * 1000 }),
    ...(edge === undefined ? {} : { edge: edgeOf(edge) }),
    ...(attributes.length === 0 ? {} : { attributes }),
  };
}

function edgeOf(edge: string): { from: string; to: string } {
  const arrow = edge.indexOf('>');
  return { from: edge.slice(0, arrow), to: edge.slice(arrow + 1) };
}

export function viewOf(request: Request): View | undefined {
  const view = request.query['view'];
  if (view === undefined) return undefined;
  const parsed = ChainView.safeParse(view);
  if (!parsed.success) throw badParameter('view', `view=${String(view)} is not a view.`, ChainView.options);
  return parsed.data;
}

export function pageOf(request: Request): PageRequest {
  const { cursor, limit } = request.query;
  const number = limit === undefined ? DEFAULT_LIMIT : Number(limit);
  if (!Number.isInteger(number) || number < 1 || number > MAX_LIMIT) {
    throw badParameter('limit', `limit=${String(limit)} is not a whole number from 1 to ${MAX_LIMIT}.`);
  }
  if (cursor !== undefined && typeof cursor !== 'string') throw badParameter('cursor', 'One cursor, please.');
  return { cursor, limit: number };
}

/** @throws HttpProblem 400 for every parameter that the call does not have. */
export function onlyParameters(request: Request, allowed: readonly string[]): void {
  for (const name of Object.keys(request.query)) {
    if (!allowed.includes(name)) throw badParameter(name, `There is no parameter '${name}'.`, allowed);
  }
}
