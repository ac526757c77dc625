import type { Key } from '../../protocol/key.ts';
import type { JobValue } from '../../protocol/values/job.ts';
import { visibleVariables } from '../../state/visible-variables.ts';
import { type Command, type ProcessingContext, type Rejection, rejection } from '../context.ts';

/** JOB_BATCH ACTIVATE: hands out up to so many jobs of a type, the longest waiting first. */
export function activateJobs(context: ProcessingContext, command: Command<'JOB_BATCH'>): Rejection | void {
  const { value } = command;
  const { type, worker, timeout, maxJobsToActivate } = value;
  const invalid = invalidReason(type, timeout, maxJobsToActivate);
  if (invalid !== undefined) return rejection('INVALID_ARGUMENT', invalid);
  const deadline = context.nowMs + timeout;
  const jobKeys: Key[] = [];
  const jobs: JobValue[] = [];
  let characters = 0;
  let truncated = false;
  for (const key of context.state.activatableJobs.of(type).keys()) {
    if (jobKeys.length === maxJobsToActivate) break;
    const job = context.state.jobs.get(key);
    if (job === undefined || context.state.bannedInstances.has(job.value.processInstanceKey)) continue;
    const variables = visibleVariables(context.state, job.value.elementInstanceKey);
    characters += variables.length;
    if (characters > context.limits.jobBatchCharactersMax && jobKeys.length > 0) {
      truncated = true;
      break;
    }
    jobKeys.push(key);
    jobs.push({ ...job.value, worker, deadline, variables });
  }
  const batchKey = context.nextKey();
  context.event('JOB_BATCH', 'ACTIVATED', batchKey, { ...value, jobKeys, jobs, truncated });
  context.answer('JOB_BATCH', 'ACTIVATED', batchKey, { ...value, jobKeys, jobs, truncated });
}

function invalidReason(type: string, timeout: number, max: number): string | undefined {
  const to = 'Expected to activate job batch with';
  if (type.length === 0) return `${to} type to be present, but it was blank`;
  if (!(timeout >= 1)) return `${to} timeout to be greater than zero, but it was '${timeout}'`;
  if (!(max >= 1)) return `${to} max jobs to activate to be greater than zero, but it was '${max}'`;
  return undefined;
}
