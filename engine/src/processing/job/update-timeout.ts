import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';
import { findJob } from './find.ts';

/** JOB UPDATE_TIMEOUT: its worker needs it for longer, or not as long; counted from now on. */
export function updateTimeout(context: ProcessingContext, { key, value }: Command<'JOB'>): Rejection | void {
  const { timeout } = value;
  if (!(timeout >= 1)) {
    const reason = `Expected to update the timeout of job with key '${key}' to more than zero, but it was '${timeout}'`;
    return rejection('INVALID_ARGUMENT', reason);
  }
  const job = findJob(context, key, 'update the timeout of', ['ACTIVATED']);
  if ('reason' in job) return job;
  context.event('JOB', 'TIMEOUT_UPDATED', key, { ...job.value, deadline: context.nowMs + timeout });
}
