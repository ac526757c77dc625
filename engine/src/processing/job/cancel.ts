import type { Key } from '../../protocol/key.ts';
import type { ProcessingContext } from '../context.ts';

/** Takes back the job of an element instance, if it has one. */
export function cancelJob(context: ProcessingContext, elementInstanceKey: Key): void {
  const jobKey = context.state.elements.get(elementInstanceKey)?.jobKey;
  const job = jobKey === undefined ? undefined : context.state.jobs.get(jobKey);
  if (jobKey === undefined || job === undefined || job.state === 'ERROR_THROWN') return; // that ended it
  context.event('JOB', 'CANCELED', jobKey, job.value);
}
