import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiProblem, read, ServerAway } from './client.ts';

const answer = (status: number, body: string, type: string) =>
  vi.stubGlobal('fetch', () =>
    Promise.resolve(new Response(body, { status, headers: { 'content-type': type } })),
  );
const ask = () => read('flows', new URLSearchParams({ state: 'x' }), new AbortController().signal);

describe('reading from the server', () => {
  afterEach(() => void vi.unstubAllGlobals());

  it('keeps the words of a problem, with the parameter and what is allowed', async () => {
    answer(
      400,
      JSON.stringify({
        type: 'about:blank',
        title: 'Bad request',
        status: 400,
        detail: 'no such state',
        parameter: 'state',
        allowed: ['open'],
      }),
      'application/problem+json',
    );
    const problem = await ask().catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(ApiProblem);
    expect((problem as ApiProblem).problem).toMatchObject({
      status: 400,
      parameter: 'state',
      allowed: ['open'],
    });
  });

  it('tells a server that is away from one that says no', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(ask()).rejects.toBeInstanceOf(ServerAway);
    answer(502, '<html>Bad gateway</html>', 'text/html');
    await expect(ask()).rejects.toBeInstanceOf(ServerAway);
    answer(404, 'nothing here', 'text/plain');
    await expect(ask()).rejects.toBeInstanceOf(ApiProblem);
  });
});
