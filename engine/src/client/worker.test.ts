import { expect, test } from 'vitest';
import { EngineError } from '../gateway/engine-error.ts';
import type { ActivatedJob, ActivateJobs } from '../gateway/requests.ts';
import type { Key } from '../protocol/key.ts';
import { BpmnError } from './bpmn-error.ts';
import { createWorker, type WorkerEngine, type WorkerOptions } from './worker.ts';

const job = (key: number): ActivatedJob => ({
  key: BigInt(key) as Key,
  type: 'pay',
  processInstanceKey: 1n as Key,
  bpmnProcessId: 'order',
  processDefinitionVersion: 1,
  processDefinitionKey: 1n as Key,
  elementId: 'pay',
  elementInstanceKey: 1n as Key,
  customHeaders: {},
  worker: 'pay',
  retries: 3,
  deadlineMs: 0,
  variables: { amount: 10 },
});

/** Answers what the test says, and notes what it was asked. Without an answer left it waits for the end. */
class ScriptedEngine implements WorkerEngine {
  readonly asked: string[] = [];
  readonly polls: ActivateJobs[] = [];
  readonly activations: (ActivatedJob[] | EngineError)[];
  /** What the next requests about jobs are refused with; undefined: done. */
  readonly refusals: (EngineError | undefined)[];

  constructor(activations: (ActivatedJob[] | EngineError)[], refusals: (EngineError | undefined)[] = []) {
    this.activations = activations;
    this.refusals = refusals;
  }

  async activateJobs(request: ActivateJobs, signal?: AbortSignal): Promise<ActivatedJob[]> {
    this.polls.push(request);
    const next = this.activations.shift();
    if (next instanceof Error) throw next;
    if (next !== undefined) return next;
    await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    return [];
  }

  completeJob = async (key: Key, variables = {}) => this.#ask(`complete ${key} ${JSON.stringify(variables)}`);
  failJob = async (key: Key, failure: object) => this.#ask(`fail ${key} ${JSON.stringify(failure)}`);
  throwError = async (key: Key, error: object) => this.#ask(`error ${key} ${JSON.stringify(error)}`);

  #ask(what: string): void {
    this.asked.push(what);
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw refusal;
  }
}

/** Runs a worker until nothing moves any more. All waits end at once; `waits` tells how long they would have been. */
async function runWorker(engine: ScriptedEngine, options: Partial<WorkerOptions> = {}) {
  const waits: number[] = [];
  const problems: string[] = [];
  const worker = createWorker({
    engine,
    type: 'pay',
    handler: () => ({ paid: true }),
    scheduler: {
      soon: setImmediate,
      after: (delayMs, run) => {
        waits.push(delayMs);
        setImmediate(run);
        return () => {};
      },
    },
    onProblem: ({ code }) => problems.push(code),
    ...options,
  });
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  await worker.stop();
  return { waits, problems };
}

const away = new EngineError('UNAVAILABLE', 'away');

test('jobs are completed with what the handler returns', async () => {
  const engine = new ScriptedEngine([[job(1), job(2)]]);
  await runWorker(engine, { handler: ({ variables }) => ({ paid: variables['amount'] }) });
  expect(engine.asked).toEqual(['complete 1 {"paid":10}', 'complete 2 {"paid":10}']);
});

test('what a handler throws fails the job with one retry less, a BpmnError throws its error', async () => {
  const engine = new ScriptedEngine([[job(1)], [job(2)]]);
  await runWorker(engine, {
    handler: ({ key }) => {
      if (key === 1n) throw new TypeError('no card');
      throw new BpmnError('declined', 'no money', { by: 'bank' });
    },
  });
  expect(engine.asked).toEqual([
    'fail 1 {"retries":2,"retryBackoffMs":1000,"errorMessage":"TypeError: no card"}',
    'error 2 {"errorCode":"declined","errorMessage":"no money","variables":{"by":"bank"}}',
  ]);
});

test('an engine that is away is asked again, ever more slowly, and reported once', async () => {
  const engine = new ScriptedEngine([away, away, away, [job(1)]]);
  const { waits, problems } = await runWorker(engine);
  expect(waits).toEqual([100, 200, 400]);
  expect(problems).toEqual(['UNAVAILABLE']);
  expect(engine.asked).toHaveLength(1);
});

test('an engine that has too much to do is asked again when it says, and nobody is bothered', async () => {
  const full = new EngineError('RESOURCE_EXHAUSTED', 'full', { retryAfterMs: 700 });
  const { waits, problems } = await runWorker(new ScriptedEngine([full]));
  expect(waits).toEqual([700]);
  expect(problems).toEqual([]);
});

test('a completion without an answer is told again; that it had been done is no problem', async () => {
  const engine = new ScriptedEngine([[job(1)]], [away, new EngineError('NOT_FOUND', 'no such job')]);
  const { problems } = await runWorker(engine);
  expect(engine.asked).toHaveLength(2);
  expect(problems).toEqual([]);
});

test('a completion that can never be taken fails the job', async () => {
  const engine = new ScriptedEngine([[job(1)]], [new EngineError('TOO_LARGE', 'too large')]);
  const { problems } = await runWorker(engine);
  expect(engine.asked[1]).toMatch(/^fail 1 .*EngineError: too large/);
  expect(problems).toEqual(['TOO_LARGE']);
});

test('it takes no more jobs than it can have in hand, and finishes those before it stops', async () => {
  const engine = new ScriptedEngine([[job(1)], [job(2)]]);
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const running = runWorker(engine, { maxJobs: 2, handler: () => finished });
  while (engine.polls.length < 2) await new Promise((resolve) => setImmediate(resolve));
  expect(engine.polls.map(({ maxJobs }) => maxJobs)).toEqual([2, 1]);
  for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(engine.polls).toHaveLength(2);
  expect(engine.asked).toEqual([]);
  finish();
  await running;
  expect(engine.asked).toEqual(['complete 1 {}', 'complete 2 {}']);
});

test('telemetry goes around the handler and gives on its context', async () => {
  const engine = new ScriptedEngine([[job(1)]]);
  await runWorker(engine, {
    around: async (_job, work) => ({ ...(await work()), traceparent: 'mine' }),
  });
  expect(engine.asked).toEqual(['complete 1 {"paid":true,"traceparent":"mine"}']);
});
