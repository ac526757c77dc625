import type { AppliersOf } from './applier.ts';
import { makeActivatable } from './job.ts';

export const incidentAppliers: AppliersOf<'INCIDENT'> = {
  CREATED: (state, key, value) => {
    state.incidents.set(key, value);
    state.elementIncidents.set(value.elementInstanceKey, key);
  },
  MIGRATED: (state, key, value) => state.incidents.set(key, value),
  RESOLVED: (state, key, { elementInstanceKey, jobKey }) => {
    state.incidents.delete(key);
    state.elementIncidents.delete(elementInstanceKey);
    const job = state.jobs.get(jobKey);
    const isStopped = job?.state === 'FAILED' || job?.state === 'ERROR_THROWN';
    const isEnding = state.elements.get(elementInstanceKey)?.state === 'TERMINATING';
    if (job !== undefined && isStopped && !isEnding) makeActivatable(state, jobKey, job.value);
  },
};
