import { ClassicLevel } from 'classic-level';
import type { StateStore } from './working-set.ts';

/**
 * The correlation state in LevelDB (docs/adr/0002-correlation-state.md has the comparison with LMDB).
 * A commit is one atomic batch; it need not be fsynced, since what a power cut takes is replayed from the intake log.
 */
export async function openLevelState(directory: string): Promise<StateStore> {
  const database = new ClassicLevel<string, string>(directory, {
    keyEncoding: 'utf8',
    valueEncoding: 'utf8',
    cacheSize: 16 * 1024 * 1024,
    writeBufferSize: 8 * 1024 * 1024,
  });
  await database.open();
  return {
    async getMany(keys) {
      return database.getMany([...keys]);
    },
    keysFrom: (prefix) => database.keys({ gte: prefix, lt: `${prefix}\uffff` }).all(),
    async commit(puts, deletes) {
      await database.batch([
        ...deletes.map((key) => ({ type: 'del' as const, key })),
        ...puts.map(([key, value]) => ({ type: 'put' as const, key, value })),
      ]);
    },
    close: () => database.close(),
  };
}

/** The state without a disk: for tests, and for looking at a log once. */
export function memoryState(entries: Map<string, string> = new Map()): StateStore {
  return {
    getMany: async (keys) => keys.map((key) => entries.get(key)),
    keysFrom: async (prefix) => [...entries.keys()].filter((key) => key.startsWith(prefix)),
    commit: async (puts, deletes) => {
      for (const key of deletes) entries.delete(key);
      for (const [key, value] of puts) entries.set(key, value);
    },
    close: async () => undefined,
  };
}
