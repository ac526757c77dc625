import { type Document, EMPTY_DOCUMENT } from '../document.ts';
import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

/** On the partition of the process instance: one of its element instances waits for a message. */
export type ProcessMessageSubscriptionValue = {
  readonly processInstanceKey: Key;
  readonly elementInstanceKey: Key;
  readonly bpmnProcessId: string;
  readonly messageName: string;
  readonly correlationKey: string;
  readonly interrupting: boolean;
  /** The message that was correlated last. */
  readonly messageKey: Key;
  readonly variables: Document;
  /** The event that goes on: the element itself, one of its boundary events, or a start event inside it. */
  readonly elementId: string;
  readonly tenantId: string;
  /** Where the other half of the subscription is. Not in exported records. */
  readonly subscriptionPartitionId: number;
};

export const processMessageSubscription = valueSchema<ProcessMessageSubscriptionValue>()({
  code: 22,
  commands: ['CREATE', 'CORRELATE', 'DELETE'],
  events: ['CREATING', 'CREATED', 'CORRELATED', 'DELETING', 'DELETED', 'MIGRATED'],
  defaults: {
    processInstanceKey: NO_KEY,
    elementInstanceKey: NO_KEY,
    bpmnProcessId: '',
    messageName: '',
    correlationKey: '',
    interrupting: true,
    messageKey: NO_KEY,
    variables: EMPTY_DOCUMENT,
    elementId: '',
    tenantId: '<default>',
    subscriptionPartitionId: -1,
  },
  documents: ['variables'],
  internal: ['subscriptionPartitionId'],
});
