import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

/** Goes on with what is too much for one step: to begin or to end all that is inside one element instance. */
export type ProcessInstanceBatchValue = {
  readonly processInstanceKey: Key;
  readonly batchElementInstanceKey: Key;
  /** How many have begun; -1 where they end. */
  readonly index: number;
  readonly tenantId: string;
};

export const processInstanceBatch = valueSchema<ProcessInstanceBatchValue>()({
  code: 27,
  commands: ['ACTIVATE', 'TERMINATE'],
  events: ['ACTIVATED', 'TERMINATED'],
  defaults: { processInstanceKey: NO_KEY, batchElementInstanceKey: NO_KEY, index: -1, tenantId: '<default>' },
});
