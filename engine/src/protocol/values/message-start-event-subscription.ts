import { type Document, EMPTY_DOCUMENT } from '../document.ts';
import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

/** The newest version of a process can be started by a message. */
export type MessageStartEventSubscriptionValue = {
  readonly processDefinitionKey: Key;
  readonly messageName: string;
  readonly startEventId: string;
  readonly bpmnProcessId: string;
  /** The instance that was started; -1 unless `CORRELATED`. So too what follows. */
  readonly processInstanceKey: Key;
  readonly messageKey: Key;
  readonly correlationKey: string;
  readonly variables: Document;
  readonly tenantId: string;
};

export const messageStartEventSubscription = valueSchema<MessageStartEventSubscriptionValue>()({
  code: 23,
  commands: [],
  events: ['CREATED', 'CORRELATED', 'DELETED'],
  defaults: {
    processDefinitionKey: NO_KEY,
    messageName: '',
    startEventId: '',
    bpmnProcessId: '',
    processInstanceKey: NO_KEY,
    messageKey: NO_KEY,
    correlationKey: '',
    variables: EMPTY_DOCUMENT,
    tenantId: '<default>',
  },
  documents: ['variables'],
});
