import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';

/** JOB UPDATE_RETRIES: before an incident of a job without retries can be resolved. */
export function updateRetries(context: ProcessingContext, { key, value }: Command<'JOB'>): Rejection | void {
  const { retries } = value;
  if (!(retries >= 1)) {
    const reason = `Expected to update retries for job with key '${key}' with a positive amount of retries, but the amount given was '${retries}'`;
    return rejection('INVALID_ARGUMENT', reason);
  }
  const job = context.state.jobs.get(key);
  if (job === undefined) {
    const reason = `Expected to update retries for job with key '${key}', but no such job was found`;
    return rejection('NOT_FOUND', reason);
  }
  context.event('JOB', 'RETRIES_UPDATED', key, { ...job.value, retries });
}
