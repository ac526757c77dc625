import { commandDistribution } from './values/command-distribution.ts';
import { deployment } from './values/deployment.ts';
import { error } from './values/error.ts';
import { incident } from './values/incident.ts';
import { job } from './values/job.ts';
import { jobBatch } from './values/job-batch.ts';
import { message } from './values/message.ts';
import { messageStartEventSubscription } from './values/message-start-event-subscription.ts';
import { messageSubscription } from './values/message-subscription.ts';
import { multiInstance } from './values/multi-instance.ts';
import { process } from './values/process.ts';
import { processEvent } from './values/process-event.ts';
import { processInstance } from './values/process-instance.ts';
import { processInstanceBatch } from './values/process-instance-batch.ts';
import { processInstanceCreation } from './values/process-instance-creation.ts';
import { processInstanceMigration } from './values/process-instance-migration.ts';
import { processInstanceModification } from './values/process-instance-modification.ts';
import { processMessageSubscription } from './values/process-message-subscription.ts';
import { signal } from './values/signal.ts';
import { signalSubscription } from './values/signal-subscription.ts';
import { timer } from './values/timer.ts';
import { variable } from './values/variable.ts';
import { variableDocument } from './values/variable-document.ts';

/** All value types by the names that they have in Zeebe's records. A new one is a file in `values/` and a line here. */
export const VALUE_TYPES = {
  PROCESS_INSTANCE: processInstance,
  PROCESS_INSTANCE_CREATION: processInstanceCreation,
  VARIABLE: variable,
  VARIABLE_DOCUMENT: variableDocument,
  JOB: job,
  JOB_BATCH: jobBatch,
  DEPLOYMENT: deployment,
  PROCESS: process,
  PROCESS_EVENT: processEvent,
  INCIDENT: incident,
  ERROR: error,
  COMMAND_DISTRIBUTION: commandDistribution,
  MESSAGE: message,
  MESSAGE_SUBSCRIPTION: messageSubscription,
  PROCESS_MESSAGE_SUBSCRIPTION: processMessageSubscription,
  MESSAGE_START_EVENT_SUBSCRIPTION: messageStartEventSubscription,
  TIMER: timer,
  SIGNAL: signal,
  SIGNAL_SUBSCRIPTION: signalSubscription,
  PROCESS_INSTANCE_BATCH: processInstanceBatch,
  MULTI_INSTANCE: multiInstance,
  PROCESS_INSTANCE_MODIFICATION: processInstanceModification,
  PROCESS_INSTANCE_MIGRATION: processInstanceMigration,
} as const;

export type ValueType = keyof typeof VALUE_TYPES;
export type ValueOf<V extends ValueType> = (typeof VALUE_TYPES)[V]['defaults'];
export type CommandIntent<V extends ValueType> = (typeof VALUE_TYPES)[V]['commands'][number];
export type EventIntent<V extends ValueType> = (typeof VALUE_TYPES)[V]['events'][number];

/** The value of a command that sets these fields only. */
export function withDefaults<V extends ValueType>(valueType: V, fields: Partial<ValueOf<V>>): ValueOf<V> {
  return { ...VALUE_TYPES[valueType].defaults, ...fields } as ValueOf<V>;
}
