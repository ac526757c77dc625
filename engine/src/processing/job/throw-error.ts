import type { Command, ProcessingContext, Rejection } from '../context.ts';
import { catchError } from '../element/catch-error.ts';
import { raiseJobIncident } from '../incident/raise.ts';
import { findJob } from './find.ts';

/** JOB THROW_ERROR: goes on at the nearest event that catches the error, else it is an incident. */
export function throwJobError(context: ProcessingContext, { key, value }: Command<'JOB'>): Rejection | void {
  const job = findJob(context, key, 'throw an error for', ['ACTIVATED', 'ACTIVATABLE']);
  if ('reason' in job) return job;
  const { errorCode, errorMessage, variables } = value;
  context.event('JOB', 'ERROR_THROWN', key, { ...job.value, errorCode, errorMessage, variables });
  if (catchError(context, job.value.elementInstanceKey, errorCode, variables)) return;
  const about = errorMessage === '' ? '' : ` with message '${errorMessage}'`;
  const message = `Expected to throw an error event with the code '${errorCode}'${about}, but it was not caught.`;
  raiseJobIncident(context, key, 'UNHANDLED_ERROR_EVENT', message);
}
