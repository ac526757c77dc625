import type { EventRecord } from '../protocol/record.ts';
import type { ValueType } from '../protocol/value-types.ts';
import type { WriteState } from '../state/engine-state.ts';
import { type Applier, type AppliersOf, changesNothing } from './applier.ts';
import { commandDistributionAppliers } from './command-distribution.ts';
import { errorAppliers } from './error.ts';
import { incidentAppliers } from './incident.ts';
import { jobAppliers } from './job.ts';
import { jobBatchAppliers } from './job-batch.ts';
import { messageAppliers } from './message.ts';
import { messageStartEventSubscriptionAppliers } from './message-start-event-subscription.ts';
import { messageSubscriptionAppliers } from './message-subscription.ts';
import { multiInstanceAppliers } from './multi-instance.ts';
import { processAppliers } from './process.ts';
import { processEventAppliers } from './process-event.ts';
import { processInstanceAppliers } from './process-instance.ts';
import { processMessageSubscriptionAppliers } from './process-message-subscription.ts';
import { signalAppliers } from './signal.ts';
import { signalSubscriptionAppliers } from './signal-subscription.ts';
import { timerAppliers } from './timer.ts';
import { variableAppliers } from './variable.ts';

/** The appliers of all events. A value type without a line here does not compile. */
const APPLIERS: { readonly [V in ValueType]: AppliersOf<V> } = {
  PROCESS_INSTANCE: processInstanceAppliers,
  PROCESS_INSTANCE_CREATION: { CREATED: changesNothing },
  VARIABLE: variableAppliers,
  VARIABLE_DOCUMENT: { UPDATED: changesNothing },
  JOB: jobAppliers,
  JOB_BATCH: jobBatchAppliers,
  DEPLOYMENT: { CREATED: changesNothing },
  PROCESS: processAppliers,
  PROCESS_EVENT: processEventAppliers,
  INCIDENT: incidentAppliers,
  ERROR: errorAppliers,
  COMMAND_DISTRIBUTION: commandDistributionAppliers,
  MESSAGE: messageAppliers,
  MESSAGE_SUBSCRIPTION: messageSubscriptionAppliers,
  PROCESS_MESSAGE_SUBSCRIPTION: processMessageSubscriptionAppliers,
  MESSAGE_START_EVENT_SUBSCRIPTION: messageStartEventSubscriptionAppliers,
  TIMER: timerAppliers,
  SIGNAL: signalAppliers,
  SIGNAL_SUBSCRIPTION: signalSubscriptionAppliers,
  PROCESS_INSTANCE_BATCH: { ACTIVATED: changesNothing, TERMINATED: changesNothing },
  MULTI_INSTANCE: multiInstanceAppliers,
  PROCESS_INSTANCE_MODIFICATION: { MODIFIED: changesNothing },
  PROCESS_INSTANCE_MIGRATION: { MIGRATED: changesNothing },
};

/** Applies the event to the state. */
export function applyEvent(
  state: WriteState,
  event: Pick<EventRecord, 'valueType' | 'intent' | 'key' | 'value'>,
): void {
  const appliers = APPLIERS[event.valueType] as Readonly<Record<string, Applier<ValueType>>>;
  const applier = appliers[event.intent];
  if (applier === undefined) throw new Error(`There is no applier of ${event.valueType} ${event.intent}`);
  // Every applier takes the values of its own type, and the record is of that type.
  (applier as (state: WriteState, key: unknown, value: unknown) => void)(state, event.key, event.value);
}
