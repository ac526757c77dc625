import type { Key } from '../../protocol/key.ts';
import type { MessageValue } from '../../protocol/values/message.ts';
import type { MessageStartEventSubscriptionValue } from '../../protocol/values/message-start-event-subscription.ts';
import type { MessageSubscriptionValue } from '../../protocol/values/message-subscription.ts';
import type { ProcessMessageSubscriptionValue } from '../../protocol/values/process-message-subscription.ts';
import { DueTable } from '../due-table.ts';
import { MessageQueues } from '../message-queues.ts';
import { NestedTable } from '../nested-table.ts';
import type { Store } from '../store.ts';
import { Table } from '../table.ts';

/** While it is correlating, its value has the message's key and variables. */
export type MessageSubscription = {
  readonly key: Key;
  readonly value: MessageSubscriptionValue;
  readonly isCorrelating: boolean;
};

/**
 * `CREATING`, `DELETING`: told the other partition, which has not acknowledged. `CORRELATED`: ended by its message; kept
 * until the other partition knows, so that the message does not come again. The value has the last message's key.
 */
export type ProcessMessageSubscription = {
  readonly key: Key;
  readonly value: ProcessMessageSubscriptionValue;
  readonly state: 'CREATING' | 'CREATED' | 'CORRELATED' | 'DELETING';
};

/** What finds messages and subscriptions of the same message. */
export function messageIdentity(name: string, correlationKey: string): string {
  return `${name}\0${correlationKey}`;
}

/** What must be unique among kept messages. */
export function messageIdOf({ name, correlationKey, messageId }: MessageValue): string {
  return `${messageId}\0${name}\0${correlationKey}`;
}

export function messageTables(store: Store) {
  return {
    messages: new Table<Key, MessageValue>(store, 'messages'),
    messageDeadlines: new DueTable<Key>(store, 'messageDeadlines'),
    /** Kept messages by `messageIdentity`. */
    messagesByIdentity: new MessageQueues(store, 'messagesByIdentity'),
    /** Kept messages by `messageIdOf`. */
    messageIds: new Table<string, Key>(store, 'messageIds'),
    /** Processes (by bpmnProcessId) that a kept message was correlated to. */
    messageCorrelations: new NestedTable<Key, string, true>(store, 'messageCorrelations'),
    /** By element instance and message name. */
    messageSubscriptions: new NestedTable<Key, string, MessageSubscription>(store, 'messageSubscriptions'),
    /** Element instances by `messageIdentity` and key of the subscription. */
    subscriptionsByIdentity: new NestedTable<string, Key, Key>(store, 'subscriptionsByIdentity'),
    /** Correlations sent to other partitions and not acknowledged, by element instance and message name. */
    pendingCorrelations: new NestedTable<Key, string, true>(store, 'pendingCorrelations'),
    /** By message name and key of the subscription: those of the newest version of each process. */
    messageStarts: new NestedTable<string, Key, MessageStartEventSubscriptionValue>(store, 'messageStarts'),
    /** Message names of a process definition's start subscriptions, by their keys. */
    messageStartsOf: new NestedTable<Key, Key, string>(store, 'messageStartsOf'),
    /** The running instance that a message with a correlation key has started, by process id and that key. */
    startedInstances: new NestedTable<string, string, Key>(store, 'startedInstances'),
    /** The correlation key of the message that has started the instance. */
    startCorrelationKeys: new Table<Key, string>(store, 'startCorrelationKeys'),
  };
}

export function processMessageSubscriptionTables(store: Store) {
  return {
    /** By element instance and message name. */
    processMessageSubscriptions: new NestedTable<Key, string, ProcessMessageSubscription>(
      store,
      'processMessageSubscriptions',
    ),
    /** Those whose last command another partition has not acknowledged. */
    pendingSubscriptions: new NestedTable<Key, string, true>(store, 'pendingSubscriptions'),
  };
}
