import { EMPTY_DOCUMENT } from '../protocol/document.ts';
import { type Key, NO_KEY } from '../protocol/key.ts';
import type { JobValue } from '../protocol/values/job.ts';
import type { WriteState } from '../state/engine-state.ts';
import type { JobState } from '../state/tables/jobs.ts';
import type { AppliersOf } from './applier.ts';

export const jobAppliers: AppliersOf<'JOB'> = {
  CREATED: (state, key, value) => {
    setElementJob(state, value.elementInstanceKey, key);
    makeActivatable(state, key, value);
  },
  COMPLETED: remove,
  CANCELED: remove,
  FAILED: (state, key, value) => {
    const isAtOnce = value.recurringTime < 0;
    if (value.retries > 0 && isAtOnce) makeActivatable(state, key, value);
    else put(state, key, value, 'FAILED');
    if (value.retries > 0 && !isAtOnce) state.jobBackoffs.set(key, value.recurringTime);
  },
  ERROR_THROWN: (state, key, value) => put(state, key, value, 'ERROR_THROWN'),
  TIMED_OUT: makeActivatable,
  RECURRED_AFTER_BACKOFF: makeActivatable,
  RETRIES_UPDATED: (state, key, { retries }) => {
    const job = state.jobs.get(key);
    if (job !== undefined) state.jobs.set(key, { ...job, value: { ...job.value, retries } });
  },
  TIMEOUT_UPDATED: activate,
  MIGRATED: (state, key, value) => {
    const job = state.jobs.get(key);
    if (job !== undefined) state.jobs.set(key, { ...job, value });
  },
};

/** For other appliers too: a worker can have the job from now on. */
export function makeActivatable(state: WriteState, key: Key, value: JobValue): void {
  put(state, key, value, 'ACTIVATABLE');
  state.activatableJobs.set(value.type, key, true);
}

/** A worker has the job until its deadline. */
export function activate(state: WriteState, key: Key, value: JobValue): void {
  put(state, key, value, 'ACTIVATED');
  state.jobDeadlines.set(key, value.deadline);
}

function put(state: WriteState, key: Key, value: JobValue, to: JobState): void {
  takeFromQueues(state, key, value);
  const kept = value.variables === EMPTY_DOCUMENT ? value : { ...value, variables: EMPTY_DOCUMENT };
  state.jobs.set(key, { value: kept, state: to });
}

function remove(state: WriteState, key: Key, value: JobValue): void {
  takeFromQueues(state, key, value);
  state.jobs.delete(key);
  setElementJob(state, value.elementInstanceKey, NO_KEY);
}

function takeFromQueues(state: WriteState, key: Key, value: JobValue): void {
  state.activatableJobs.delete(value.type, key);
  state.jobDeadlines.delete(key);
  state.jobBackoffs.delete(key);
}

function setElementJob(state: WriteState, elementInstanceKey: Key, jobKey: Key): void {
  const instance = state.elements.get(elementInstanceKey);
  if (instance !== undefined) state.elements.set(elementInstanceKey, { ...instance, jobKey });
}
