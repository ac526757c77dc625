import type { Key } from '../key.ts';
import { valueSchema } from '../value-schema.ts';
import { type JobValue, job } from './job.ts';

/** Jobs handed to a worker. `jobs` and `jobKeys` belong together by index. */
export type JobBatchValue = {
  readonly type: string;
  readonly worker: string;
  /** Milliseconds for which the worker has the jobs. */
  readonly timeout: number;
  readonly maxJobsToActivate: number;
  readonly jobKeys: readonly Key[];
  readonly jobs: readonly JobValue[];
  /** There were more, but they would have made the batch too large. */
  readonly truncated: boolean;
  readonly tenantIds: readonly string[];
};

export const jobBatch = valueSchema<JobBatchValue>()({
  code: 6,
  commands: ['ACTIVATE'],
  events: ['ACTIVATED'],
  defaults: {
    type: '',
    worker: '',
    timeout: -1,
    maxJobsToActivate: -1,
    jobKeys: [],
    jobs: [],
    truncated: false,
    tenantIds: ['<default>'],
  },
  lists: { jobs: job },
});
