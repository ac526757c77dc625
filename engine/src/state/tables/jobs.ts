import type { Key } from '../../protocol/key.ts';
import type { JobValue } from '../../protocol/values/job.ts';
import { DueTable } from '../due-table.ts';
import { NestedTable } from '../nested-table.ts';
import type { Store } from '../store.ts';
import { Table } from '../table.ts';

/** `FAILED`: has no retries left or waits for its back-off. `ERROR_THROWN`: its error was not caught. */
export type JobState = 'ACTIVATABLE' | 'ACTIVATED' | 'FAILED' | 'ERROR_THROWN';

/** Variables in the value are always empty: they are read from the element when the job is handed out. */
export type Job = { readonly value: JobValue; readonly state: JobState };

export function jobTables(store: Store) {
  return {
    jobs: new Table<Key, Job>(store, 'jobs'),
    /** Jobs that a worker can have, by type, in the order in which they became so. */
    activatableJobs: new NestedTable<string, Key, true>(store, 'activatableJobs'),
    /** Until when a worker has an activated job. */
    jobDeadlines: new DueTable<Key>(store, 'jobDeadlines'),
    /** When a failed job can be had again. */
    jobBackoffs: new DueTable<Key>(store, 'jobBackoffs'),
  };
}
