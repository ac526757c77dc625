import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

export type SignalSubscriptionValue = {
  readonly processDefinitionKey: Key;
  readonly signalName: string;
  /** The event that goes on. */
  readonly catchEventId: string;
  readonly bpmnProcessId: string;
  /** The element instance that waits; -1: the signal starts instances of the process. */
  readonly catchEventInstanceKey: Key;
  readonly tenantId: string;
};

export const signalSubscription = valueSchema<SignalSubscriptionValue>()({
  code: 26,
  commands: [],
  events: ['CREATED', 'DELETED', 'MIGRATED'],
  defaults: {
    processDefinitionKey: NO_KEY,
    signalName: '',
    catchEventId: '',
    bpmnProcessId: '',
    catchEventInstanceKey: NO_KEY,
    tenantId: '<default>',
  },
});
