import type { Problem } from 'throughline/schema';

/** The server answered, and said no: RFC 9457's words, to be shown as they are. */
export class ApiProblem extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.name = 'ApiProblem';
    this.problem = problem;
  }
}

/** Nobody answered: the server is away or the network is. */
export class ServerAway extends Error {
  constructor(cause: unknown) {
    super('The server does not answer', { cause });
    this.name = 'ServerAway';
  }
}

/** Reads one answer of the query API. Throws `ApiProblem`, `ServerAway`, or the signal's reason. */
export async function read<Answer>(
  path: string,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<Answer> {
  const text = query.toString();
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}${text ? `?${text}` : ''}`, {
      signal,
      headers: { accept: 'application/json, application/problem+json' },
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ServerAway(error);
  }
  if (response.ok) return (await response.json()) as Answer;
  throw await problemOf(response);
}

/** Has something done. Throws as {@link read} does. */
export async function send<Answer>(path: string, body: object): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method: 'POST',
      headers: { accept: 'application/json, application/problem+json', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch (error) {
    throw new ServerAway(error);
  }
  if (response.ok) return (await response.json()) as Answer;
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<ApiProblem | ServerAway> {
  const isProblem = response.headers.get('content-type')?.includes('json') ?? false;
  // A gateway in front answers for a server that is away, and not in our terms.
  if (!isProblem && response.status >= 500) return new ServerAway(response.status);
  const body = isProblem ? ((await response.json().catch(() => ({}))) as Partial<Problem>) : {};
  return new ApiProblem({
    type: 'about:blank',
    title: response.statusText || `Status ${response.status}`,
    detail: '',
    ...body,
    status: response.status,
  });
}
