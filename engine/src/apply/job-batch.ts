import type { AppliersOf } from './applier.ts';
import { activate } from './job.ts';

export const jobBatchAppliers: AppliersOf<'JOB_BATCH'> = {
  ACTIVATED: (state, _key, { jobs, jobKeys }) => {
    for (const [index, job] of jobs.entries()) {
      const key = jobKeys[index];
      if (key !== undefined) activate(state, key, job);
    }
  },
};
