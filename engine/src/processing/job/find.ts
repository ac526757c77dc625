import type { Key } from '../../protocol/key.ts';
import type { Job, JobState } from '../../state/tables/jobs.ts';
import { type ProcessingContext, type Rejection, rejection } from '../context.ts';

/** The job if it is in one of the states, else the rejection that says so. */
export function findJob(
  context: ProcessingContext,
  key: Key,
  to: string,
  states: readonly JobState[],
): Job | Rejection {
  const job = context.state.jobs.get(key);
  if (job === undefined) {
    return rejection('NOT_FOUND', `Expected to ${to} job with key '${key}', but no such job was found`);
  }
  if (states.includes(job.state)) return job;
  const state = job.state.toLowerCase().replace('_', ' ');
  const reason = `Expected to ${to} job with key '${key}', but it is in state '${state}'`;
  return rejection('INVALID_STATE', reason);
}
