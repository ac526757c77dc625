import { entriesOf } from '../../protocol/document.ts';
import type { Command, ProcessingContext, Rejection } from '../context.ts';
import { raiseJobIncident } from '../incident/raise.ts';
import { setLocalVariables } from '../variable/set.ts';
import { findJob } from './find.ts';

/** JOB FAIL: it can be had again, at once or after its back-off, as long as it has retries; then it is an incident. */
export function failJob(context: ProcessingContext, { key, value }: Command<'JOB'>): Rejection | void {
  const job = findJob(context, key, 'fail', ['ACTIVATED', 'ACTIVATABLE']);
  if ('reason' in job) return job;
  const { retries, retryBackoff, errorMessage, variables } = value;
  const waits = retries > 0 && retryBackoff > 0;
  const recurringTime = waits ? context.nowMs + retryBackoff : -1;
  const failed = { ...job.value, retries, retryBackoff, errorMessage, variables, recurringTime };
  context.event('JOB', 'FAILED', key, failed);
  setLocalVariables(context, failed.elementInstanceKey, failed, entriesOf(variables));
  if (retries <= 0) {
    const message = errorMessage === '' ? 'No more retries left.' : errorMessage;
    raiseJobIncident(context, key, 'JOB_NO_RETRIES', message);
  } else if (!waits) {
    context.effect({ kind: 'jobsAvailable', type: failed.type });
  }
}
