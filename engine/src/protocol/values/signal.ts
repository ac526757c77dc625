import { type Document, EMPTY_DOCUMENT } from '../document.ts';
import { type Key, NO_KEY } from '../key.ts';
import { valueSchema } from '../value-schema.ts';

/** Told to everyone who waits for it at this moment, on all partitions. */
export type SignalValue = {
  readonly signalName: string;
  readonly variables: Document;
  readonly tenantId: string;
  /** Signals of the same partition before this key have arrived everywhere. Not in exported records. */
  readonly finishedBefore: Key;
  /** In `DELIVER`: some of those who waited when the signal was broadcast. Not in exported records. */
  readonly subscriptionKeys: readonly Key[];
};

export const signal = valueSchema<SignalValue>()({
  code: 25,
  commands: ['BROADCAST', 'DELIVER'],
  events: ['BROADCASTED'],
  defaults: {
    signalName: '',
    variables: EMPTY_DOCUMENT,
    tenantId: '<default>',
    finishedBefore: NO_KEY,
    subscriptionKeys: [],
  },
  documents: ['variables'],
  internal: ['finishedBefore', 'subscriptionKeys'],
});
