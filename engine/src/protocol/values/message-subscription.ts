import { type Document, EMPTY_DOCUMENT } from '../document.ts';
import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

/** On the partition of the correlation key: an element instance, there or on another partition, waits for a message. */
export type MessageSubscriptionValue = {
  readonly processInstanceKey: Key;
  readonly elementInstanceKey: Key;
  readonly bpmnProcessId: string;
  readonly messageName: string;
  readonly correlationKey: string;
  /** Whether the subscription ends with the first message. */
  readonly interrupting: boolean;
  /** The message that is being correlated; in `DELETE` the last that was. -1 for none. */
  readonly messageKey: Key;
  /** Those of the message. */
  readonly variables: Document;
  readonly tenantId: string;
};

export const messageSubscription = valueSchema<MessageSubscriptionValue>()({
  code: 21,
  commands: ['CREATE', 'CORRELATE', 'REJECT', 'DELETE'],
  events: ['CREATED', 'CORRELATING', 'CORRELATED', 'REJECTED', 'DELETED'],
  defaults: {
    processInstanceKey: NO_KEY,
    elementInstanceKey: NO_KEY,
    bpmnProcessId: '',
    messageName: '',
    correlationKey: '',
    interrupting: true,
    messageKey: NO_KEY,
    variables: EMPTY_DOCUMENT,
    tenantId: '<default>',
  },
  documents: ['variables'],
});
