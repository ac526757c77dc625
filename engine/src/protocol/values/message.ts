import { type Document, EMPTY_DOCUMENT } from '../document.ts';
import { valueSchema } from '../value-schema.ts';

export type MessageValue = {
  readonly name: string;
  readonly correlationKey: string;
  /** Milliseconds for which it is kept for who comes later; 0: only for who waits already. */
  readonly timeToLive: number;
  /** Epoch milliseconds until when it is kept; -1 in commands. */
  readonly deadline: number;
  readonly variables: Document;
  /** While one with this id, name and correlation key is kept, no other is taken. Empty: none. */
  readonly messageId: string;
  readonly tenantId: string;
};

export const message = valueSchema<MessageValue>()({
  code: 20,
  commands: ['PUBLISH', 'EXPIRE'],
  events: ['PUBLISHED', 'EXPIRED'],
  defaults: {
    name: '',
    correlationKey: '',
    timeToLive: -1,
    deadline: -1,
    variables: EMPTY_DOCUMENT,
    messageId: '',
    tenantId: '<default>',
  },
  documents: ['variables'],
});
