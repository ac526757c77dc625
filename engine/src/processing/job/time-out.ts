import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { findJob } from './find.ts';

/** JOB TIME_OUT: the worker had it for too long; others can have it. */
export function timeOutJob(context: ProcessingContext, { key }: Command<'JOB'>): Rejection | void {
  const job = findJob(context, key, 'time out', ['ACTIVATED']);
  if ('reason' in job) return job;
  const { deadline } = job.value;
  if (deadline > context.nowMs) {
    const reason = `Expected to time out job with key '${key}', but it is its worker's until '${deadline}'`;
    return rejection('INVALID_STATE', reason);
  }
  context.event('JOB', 'TIMED_OUT', key, job.value);
  context.effect({ kind: 'jobsAvailable', type: job.value.type });
}
