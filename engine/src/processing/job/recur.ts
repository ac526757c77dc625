import type { Command, ProcessingContext, Rejection } from '../context.ts';
import { findJob } from './find.ts';

/** JOB RECUR_AFTER_BACKOFF: the back-off of a failed job is over. */
export function recurJob(context: ProcessingContext, { key }: Command<'JOB'>): Rejection | void {
  const job = findJob(context, key, 'back off', ['FAILED']);
  if ('reason' in job) return job;
  context.event('JOB', 'RECURRED_AFTER_BACKOFF', key, job.value);
  context.effect({ kind: 'jobsAvailable', type: job.value.type });
}
