import { expect, test } from 'vitest';
import { EngineError } from '../gateway/engine-error.ts';
import type { Key } from '../protocol/key.ts';
import { Completions } from './completions.ts';

type Sent = { readonly path: string; readonly body: unknown };

/** Completions whose requests are answered with what comes next: an answer, or the problem. */
function completionsAnswered(...answers: (object | EngineError | undefined)[]) {
  const sent: Sent[] = [];
  const completions = new Completions(async (path, text) => {
    sent.push({ path, body: JSON.parse(text) });
    const answer = answers.shift();
    if (answer instanceof EngineError) throw answer;
    return answer;
  });
  const complete = (key: number, variables = {}) => completions.complete(BigInt(key) as Key, variables);
  return { sent, complete };
}

/** `done`, or the code of the refusal. */
const outcomes = async (all: readonly Promise<void>[]) =>
  (await Promise.allSettled(all)).map((one) =>
    one.status === 'fulfilled' ? 'done' : (one.reason as EngineError).code,
  );

test('jobs that are completed together go with one request, and each has its own outcome', async () => {
  const problem = { code: 'NOT_FOUND', detail: 'Expected …, but …', status: 404 };
  const { sent, complete } = completionsAnswered({ refused: [{ index: 1, problem }] });
  expect(await outcomes([complete(1, { a: 1 }), complete(2), complete(3)])).toEqual([
    'done',
    'NOT_FOUND',
    'done',
  ]);
  const jobs = [
    { jobKey: '1', variables: { a: 1 } },
    { jobKey: '2', variables: {} },
    { jobKey: '3', variables: {} },
  ];
  expect(sent).toEqual([{ path: '/jobs/complete', body: { jobs } }]);
});

test('a job that is completed alone goes alone, and so does the next', async () => {
  const { sent, complete } = completionsAnswered();
  await complete(1, { a: 1 });
  await complete(2);
  expect(sent).toEqual([
    { path: '/jobs/1/complete', body: { variables: { a: 1 } } },
    { path: '/jobs/2/complete', body: { variables: {} } },
  ]);
});

test('a list that is refused as a whole is sent one by one, so that a wrong one spoils no other', async () => {
  const wrong = new EngineError('INVALID_ARGUMENT', 'Expected …, but …');
  const { sent, complete } = completionsAnswered(wrong, undefined, wrong);
  expect(await outcomes([complete(1), complete(2)])).toEqual(['done', 'INVALID_ARGUMENT']);
  expect(sent.map(({ path }) => path)).toEqual(['/jobs/complete', '/jobs/1/complete', '/jobs/2/complete']);
});

test('without an answer nothing is known of any of them, and nothing is sent again', async () => {
  const away = new EngineError('UNAVAILABLE', 'Expected an answer, but there was none');
  const { sent, complete } = completionsAnswered(away);
  expect(await outcomes([complete(1), complete(2)])).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
  expect(sent).toHaveLength(1);
});

test('variables that JSON can not hold are refused before anything is sent', async () => {
  const { sent, complete } = completionsAnswered();
  expect(await outcomes([complete(1, { big: 1n }), complete(2)])).toEqual(['INVALID_ARGUMENT', 'done']);
  expect(sent.map(({ path }) => path)).toEqual(['/jobs/2/complete']);
});

test('lists are bounded in number and size', async () => {
  const many = completionsAnswered({ refused: [] }, { refused: [] });
  await Promise.all(Array.from({ length: 300 }, (_, index) => many.complete(index)));
  expect(many.sent.map(({ body }) => (body as { jobs: object[] }).jobs.length)).toEqual([256, 44]);
  const large = completionsAnswered({ refused: [] }, { refused: [] });
  const text = 'x'.repeat(600_000);
  await Promise.all([1, 2, 3, 4].map((key) => large.complete(key, { text })));
  expect(large.sent.map(({ body }) => (body as { jobs: object[] }).jobs.length)).toEqual([2, 2]);
});
