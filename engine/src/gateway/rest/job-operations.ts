import type { Engine } from '../engine.ts';
import { EngineError } from '../engine-error.ts';
import type { ActivatedJob } from '../requests.ts';
import { type Operation, operation } from './operation.ts';
import { problemOf } from './problem.ts';
import * as Api from './schema.ts';

const ofJob = ['NOT_FOUND', 'INVALID_STATE'] as const;

/** What workers do. */
export const jobOperations: readonly Operation[] = [
  operation(
    'post',
    '/jobs/activate',
    'Hand out jobs of a type; waits for a first one as long as asked',
    { body: Api.ActivateJobsRequest, answer: Api.ActivatedJobs },
    async ({ engine, body, signal: signalOf }) => {
      const signal = signalOf();
      const jobs = await engine.activateJobs(body, signal);
      if (signal.aborted) await handBack(engine, jobs);
      return { jobs: jobs.map(presentJob) };
    },
  ),
  operation(
    'post',
    '/jobs/{jobKey}/complete',
    'Complete a job with its output variables',
    { body: Api.CompleteJobRequest, answer: undefined, refusals: ofJob },
    ({ engine, key, body, traced }) => engine.completeJob(key, traced(body.variables)),
  ),
  operation(
    'post',
    '/jobs/complete',
    'Complete several jobs, each as if asked for by itself',
    { body: Api.CompleteJobsRequest, answer: Api.CompletedJobs },
    async ({ engine, body, traced }) => {
      const completions = body.jobs.map(({ jobKey, variables }) =>
        engine.completeJob(jobKey, traced(variables)),
      );
      const settled = await Promise.allSettled(completions);
      const refused = settled.flatMap((one, index) =>
        one.status === 'rejected' ? [{ index, problem: problemOf(one.reason) }] : [],
      );
      return { refused };
    },
  ),
  operation(
    'post',
    '/jobs/{jobKey}/fail',
    'Give a job back, at once or after a back-off; without retries left it becomes an incident',
    { body: Api.FailJobRequest, answer: undefined, refusals: ofJob },
    ({ engine, key, body }) => engine.failJob(key, body),
  ),
  operation(
    'post',
    '/jobs/{jobKey}/error',
    'End a job with a BPMN error',
    { body: Api.ThrowErrorRequest, answer: undefined, refusals: ofJob },
    ({ engine, key, body, traced }) => engine.throwError(key, { ...body, variables: traced(body.variables) }),
  ),
  operation(
    'put',
    '/jobs/{jobKey}/retries',
    'Say how often a job can be tried again',
    { body: Api.RetriesRequest, answer: undefined, refusals: ofJob },
    ({ engine, key, body }) => engine.updateRetries(key, body.retries),
  ),
  operation(
    'put',
    '/jobs/{jobKey}/timeout',
    'Let the worker have its job for this long from now on',
    { body: Api.TimeoutRequest, answer: undefined, refusals: ofJob },
    ({ engine, key, body }) => engine.updateTimeout(key, body.timeoutMs),
  ),
];

/** Gives back jobs that could not be delivered, so that others have them at once and not after their time-out. */
export async function handBack(engine: Engine, jobs: readonly ActivatedJob[]): Promise<void> {
  const errorMessage = 'Expected the worker to take the job, but it had gone';
  const failed = jobs.map(({ key, retries }) => engine.failJob(key, { retries, errorMessage }));
  for (const { reason } of (await Promise.allSettled(failed)).filter(
    ({ status }) => status === 'rejected',
  ) as {
    reason: unknown;
  }[]) {
    if (!(reason instanceof EngineError)) throw reason; // else it times out
  }
}

/** With keys as strings. */
export function presentJob(job: ActivatedJob) {
  return {
    ...job,
    key: String(job.key),
    processInstanceKey: String(job.processInstanceKey),
    processDefinitionKey: String(job.processDefinitionKey),
    elementInstanceKey: String(job.elementInstanceKey),
  };
}
