import type { Command, ProcessingContext, Rejection } from '../context.ts';
import { findJob } from './find.ts';

/** JOB TIME_OUT: the worker had it for too long; others can have it. */
export function timeOutJob(context: ProcessingContext, { key }: Command<'JOB'>): Rejection | void {
  const job = findJob(context, key, 'time out', ['ACTIVATED']);
  if ('reason' in job) return job;
  context.event('JOB', 'TIMED_OUT', key, job.value);
  context.effect({ kind: 'jobsAvailable', type: job.value.type });
}
