import { type Document, EMPTY_DOCUMENT } from '../document.ts';
import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

/** Work for a worker. Commands carry only what they change; the rest has its default. */
export type JobValue = {
  readonly type: string;
  readonly retries: number;
  readonly worker: string;
  /** Epoch milliseconds until when the worker has the job; -1 while nobody has. */
  readonly deadline: number;
  readonly variables: Document;
  readonly customHeaders: Document;
  readonly errorMessage: string;
  readonly errorCode: string;
  readonly retryBackoff: number;
  /** Epoch milliseconds when a failed job is to be had again; -1: at once. */
  readonly recurringTime: number;
  readonly timeout: number;
  readonly elementId: string;
  readonly elementInstanceKey: Key;
  readonly bpmnProcessId: string;
  readonly processDefinitionVersion: number;
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly jobKind: 'BPMN_ELEMENT';
  readonly jobListenerEventType: 'UNSPECIFIED';
  readonly changedAttributes: readonly string[];
  readonly tenantId: string;
};

export const job = valueSchema<JobValue>()({
  code: 5,
  commands: [
    'COMPLETE',
    'FAIL',
    'THROW_ERROR',
    'TIME_OUT',
    'UPDATE_RETRIES',
    'RECUR_AFTER_BACKOFF',
    'UPDATE_TIMEOUT',
  ],
  events: [
    'CREATED',
    'COMPLETED',
    'FAILED',
    'ERROR_THROWN',
    'TIMED_OUT',
    'RETRIES_UPDATED',
    'RECURRED_AFTER_BACKOFF',
    'CANCELED',
    'TIMEOUT_UPDATED',
    'MIGRATED',
  ],
  defaults: {
    type: '',
    retries: -1,
    worker: '',
    deadline: -1,
    variables: EMPTY_DOCUMENT,
    customHeaders: EMPTY_DOCUMENT,
    errorMessage: '',
    errorCode: '',
    retryBackoff: 0,
    recurringTime: -1,
    timeout: -1,
    elementId: '',
    elementInstanceKey: NO_KEY,
    bpmnProcessId: '',
    processDefinitionVersion: -1,
    processDefinitionKey: NO_KEY,
    processInstanceKey: NO_KEY,
    jobKind: 'BPMN_ELEMENT',
    jobListenerEventType: 'UNSPECIFIED',
    changedAttributes: [],
    tenantId: '<default>',
  },
  documents: ['variables', 'customHeaders'],
});
