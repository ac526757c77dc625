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
};

export const signal = valueSchema<SignalValue>()({
  code: 25,
  commands: ['BROADCAST'],
  events: ['BROADCASTED'],
  defaults: { signalName: '', variables: EMPTY_DOCUMENT, tenantId: '<default>', finishedBefore: NO_KEY },
  documents: ['variables'],
  internal: ['finishedBefore'],
});
