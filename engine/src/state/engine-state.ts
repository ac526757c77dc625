import type { DueTable, ReadDueTable } from './due-table.ts';
import type { MessageQueues, ReadMessageQueues } from './message-queues.ts';
import type { NestedTable, ReadNestedTable } from './nested-table.ts';
import { Store } from './store.ts';
import type { ReadTable, Table } from './table.ts';
import { distributionTables } from './tables/distributions.ts';
import { elementTables } from './tables/elements.ts';
import { incidentTables } from './tables/incidents.ts';
import { jobTables } from './tables/jobs.ts';
import { messageTables, processMessageSubscriptionTables } from './tables/messages.ts';
import { multiInstanceTables } from './tables/multi-instances.ts';
import { processEventTables } from './tables/process-events.ts';
import { processTables } from './tables/processes.ts';
import { signalTables } from './tables/signals.ts';
import { timerTables } from './tables/timers.ts';
import { variableTables } from './tables/variables.ts';

/** All tables of one partition. A new one is a file in `tables/` and a line here. */
function tablesOf(store: Store) {
  return {
    ...elementTables(store),
    ...variableTables(store),
    ...jobTables(store),
    ...processTables(store),
    ...processEventTables(store),
    ...incidentTables(store),
    ...distributionTables(store),
    ...messageTables(store),
    ...processMessageSubscriptionTables(store),
    ...timerTables(store),
    ...signalTables(store),
    ...multiInstanceTables(store),
  };
}

/** The write port: for appliers alone. */
export type WriteState = ReturnType<typeof tablesOf>;

/** The read port: what processors decide from. The same tables without the means to change them. */
export type ReadState = { readonly [T in keyof WriteState]: ReadPortOf<WriteState[T]> };

type ReadPortOf<T> =
  T extends Table<infer K, infer V>
    ? ReadTable<K, V>
    : T extends MessageQueues
      ? ReadMessageQueues
      : T extends NestedTable<infer K, infer M, infer V>
        ? ReadNestedTable<K, M, V>
        : T extends DueTable<infer K>
          ? ReadDueTable<K>
          : never;

/** The state of one partition with the means to commit, roll back, copy and load it. */
export type EngineState = { readonly store: Store; readonly tables: WriteState };

export function createEngineState(): EngineState {
  const store = new Store();
  return { store, tables: tablesOf(store) };
}
