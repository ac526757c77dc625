import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Problem } from './schema.ts';

/** A request that is answered with `application/problem+json` (RFC 9457). */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly problem: Problem;
  constructor(status: number, title: string, detail: string, extra: Partial<Problem> = {}) {
    super(detail);
    this.problem = { type: 'about:blank', title, status, detail, ...extra };
  }
}

export function badParameter(parameter: string, detail: string, allowed?: readonly string[]): HttpProblem {
  return new HttpProblem(400, 'Wrong parameter', detail, {
    parameter,
    ...(allowed === undefined ? {} : { allowed: [...allowed] }),
  });
}

export const notFound: RequestHandler = (request) => {
  throw new HttpProblem(
    404,
    'Not found',
    `There is nothing at ${request.path}; /api/docs lists what there is.`,
  );
};

export const problemHandler: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  const problem = problemOf(error);
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
};

function problemOf(error: unknown): Problem {
  if (error instanceof HttpProblem) return error.problem;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const detail = error instanceof Error ? error.message : String(error);
  if (code === 'invalid-cursor') return badParameter('cursor', detail).problem;
  if (code === 'away') {
    return new HttpProblem(503, 'Not ready', `${detail} The state is at /readyz; try again shortly.`).problem;
  }
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  return new HttpProblem(status, status < 500 ? 'Bad request' : 'Internal error', detail).problem;
}
