import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

/** Why an element can't go on. `STEP_LIMIT_EXCEEDED` is ours: a loop that never waits. */
export type IncidentErrorType =
  | 'UNKNOWN'
  | 'IO_MAPPING_ERROR'
  | 'JOB_NO_RETRIES'
  | 'CONDITION_ERROR'
  | 'EXTRACT_VALUE_ERROR'
  | 'CALLED_ELEMENT_ERROR'
  | 'UNHANDLED_ERROR_EVENT'
  | 'MESSAGE_SIZE_EXCEEDED'
  | 'STEP_LIMIT_EXCEEDED';

export type IncidentValue = {
  readonly errorType: IncidentErrorType;
  readonly errorMessage: string;
  readonly bpmnProcessId: string;
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly elementId: string;
  readonly elementInstanceKey: Key;
  /** -1 unless it is the job that can't go on. */
  readonly jobKey: Key;
  /** Where variables must be corrected. */
  readonly variableScopeKey: Key;
  /** For each process instance from the root on: its key and those of the elements down to the next. */
  readonly elementInstancePath: readonly (readonly Key[])[];
  readonly processDefinitionPath: readonly Key[];
  readonly callingElementPath: readonly number[];
  readonly tenantId: string;
};

export const incident = valueSchema<IncidentValue>()({
  code: 10,
  commands: ['RESOLVE'],
  events: ['CREATED', 'RESOLVED', 'MIGRATED'],
  defaults: {
    errorType: 'UNKNOWN',
    errorMessage: '',
    bpmnProcessId: '',
    processDefinitionKey: NO_KEY,
    processInstanceKey: NO_KEY,
    elementId: '',
    elementInstanceKey: NO_KEY,
    jobKey: NO_KEY,
    variableScopeKey: NO_KEY,
    elementInstancePath: [],
    processDefinitionPath: [],
    callingElementPath: [],
    tenantId: '<default>',
  },
});
