import type { Key } from '../../protocol/key.ts';
import type { SignalSubscriptionValue } from '../../protocol/values/signal-subscription.ts';
import { NestedTable } from '../nested-table.ts';
import type { Store } from '../store.ts';

export function signalTables(store: Store) {
  return {
    /** By signal name and key of the subscription. */
    signalSubscriptions: new NestedTable<string, Key, SignalSubscriptionValue>(store, 'signalSubscriptions'),
    /** Signal names by the element instance that waits, or by the process definition that they start. */
    signalSubscriptionsOf: new NestedTable<Key, Key, string>(store, 'signalSubscriptionsOf'),
    /** Signals of other partitions that came here and may come again, by partition and key. */
    receivedSignals: new NestedTable<number, Key, true>(store, 'receivedSignals'),
  };
}
