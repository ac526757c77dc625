import type { CommandIntent, ValueType } from '../protocol/value-types.ts';
import type { Command, ProcessingContext, Processor, Rejection } from './context.ts';
import { createDeployment } from './deployment/create.ts';
import { acknowledgeDistribution } from './distribution/acknowledge.ts';
import { activateElement, continueActivatingElement } from './element/activate-element.ts';
import { completeElement } from './element/complete-element.ts';
import { terminateElement } from './element/terminate-element.ts';
import { resolveIncident } from './incident/resolve.ts';
import { activateJobs } from './job/activate.ts';
import { completeJob } from './job/complete.ts';
import { failJob } from './job/fail.ts';
import { recurJob } from './job/recur.ts';
import { throwJobError } from './job/throw-error.ts';
import { timeOutJob } from './job/time-out.ts';
import { updateRetries } from './job/update-retries.ts';
import { updateTimeout } from './job/update-timeout.ts';
import {
  completeCorrelation,
  createMessageSubscription,
  deleteMessageSubscription,
  rejectMessage,
} from './message/message-subscription.ts';
import {
  acknowledgeSubscription,
  correlateMessage,
  forgetSubscription,
} from './message/process-message-subscription.ts';
import { expireMessage, publishMessage } from './message/publish.ts';
import { activateBatch, terminateBatch } from './process-instance/batch.ts';
import { cancelProcessInstance } from './process-instance/cancel.ts';
import { createProcessInstance } from './process-instance/create.ts';
import { migrateProcessInstance } from './process-instance/migrate.ts';
import { modifyProcessInstance } from './process-instance/modify.ts';
import { broadcastSignal, deliverSignal } from './signal/broadcast.ts';
import { triggerTimer } from './timer/trigger.ts';
import { updateVariables } from './variable/update-document.ts';

type ProcessorsOf<V extends ValueType> = { readonly [I in CommandIntent<V>]: Processor<V> };

/** The processor of every command. A new one is a file and a line here; a missing one does not compile. */
const PROCESSORS: { readonly [V in ValueType]: ProcessorsOf<V> } = {
  PROCESS_INSTANCE: {
    ACTIVATE_ELEMENT: activateElement,
    CONTINUE_ACTIVATING_ELEMENT: continueActivatingElement,
    COMPLETE_ELEMENT: completeElement,
    TERMINATE_ELEMENT: terminateElement,
    CANCEL: cancelProcessInstance,
  },
  PROCESS_INSTANCE_CREATION: {
    CREATE: createProcessInstance,
    CREATE_WITH_AWAITING_RESULT: createProcessInstance,
  },
  VARIABLE: {},
  VARIABLE_DOCUMENT: { UPDATE: updateVariables },
  JOB: {
    COMPLETE: completeJob,
    FAIL: failJob,
    THROW_ERROR: throwJobError,
    TIME_OUT: timeOutJob,
    UPDATE_RETRIES: updateRetries,
    RECUR_AFTER_BACKOFF: recurJob,
    UPDATE_TIMEOUT: updateTimeout,
  },
  JOB_BATCH: { ACTIVATE: activateJobs },
  DEPLOYMENT: { CREATE: createDeployment },
  PROCESS: {},
  PROCESS_EVENT: {},
  INCIDENT: { RESOLVE: resolveIncident },
  ERROR: {},
  COMMAND_DISTRIBUTION: { ACKNOWLEDGE: acknowledgeDistribution },
  MESSAGE: { PUBLISH: publishMessage, EXPIRE: expireMessage },
  MESSAGE_SUBSCRIPTION: {
    CREATE: createMessageSubscription,
    CORRELATE: completeCorrelation,
    REJECT: rejectMessage,
    DELETE: deleteMessageSubscription,
  },
  PROCESS_MESSAGE_SUBSCRIPTION: {
    CREATE: acknowledgeSubscription,
    CORRELATE: correlateMessage,
    DELETE: forgetSubscription,
  },
  MESSAGE_START_EVENT_SUBSCRIPTION: {},
  TIMER: { TRIGGER: triggerTimer },
  SIGNAL: { BROADCAST: broadcastSignal, DELIVER: deliverSignal },
  SIGNAL_SUBSCRIPTION: {},
  PROCESS_INSTANCE_BATCH: { ACTIVATE: activateBatch, TERMINATE: terminateBatch },
  MULTI_INSTANCE: {},
  PROCESS_INSTANCE_MODIFICATION: { MODIFY: modifyProcessInstance },
  PROCESS_INSTANCE_MIGRATION: { MIGRATE: migrateProcessInstance },
};

/** Processes the command with the processor for its kind. */
export function processCommand(context: ProcessingContext, command: Command<ValueType>): Rejection | void {
  const processors = PROCESSORS[command.valueType] as Readonly<Record<string, Processor<ValueType>>>;
  const processor = processors[command.intent];
  if (processor === undefined)
    throw new Error(`There is no processor of ${command.valueType} ${command.intent}`);
  return processor(context, command);
}
