import type { Key } from '../../protocol/key.ts';
import type { IncidentValue } from '../../protocol/values/incident.ts';
import type { Store } from '../store.ts';
import { Table } from '../table.ts';

export function incidentTables(store: Store) {
  return {
    incidents: new Table<Key, IncidentValue>(store, 'incidents'),
    /** The one open incident of an element instance. */
    elementIncidents: new Table<Key, Key>(store, 'elementIncidents'),
    /** Process instances in which the engine itself has failed: nothing is done for them any more. */
    bannedInstances: new Table<Key, true>(store, 'bannedInstances'),
  };
}
