import type { StoreBatch, StoreWriter, WaitingInstance } from '../store.ts';
import { type BatchColumns, encodeBatch } from './encode.ts';
import { Names } from './names.ts';

/** The database as its writer sees it, in this thread or in another one. */
export interface ColumnStore {
  /** What the writer has to know to go on. */
  state(): Promise<ColumnStoreState>;
  /** All or nothing. */
  write(batch: BatchColumns): Promise<void>;
  waiting(): Promise<readonly WaitingInstance[]>;
}

export type ColumnStoreState = {
  readonly appliedEventNo: number;
  /** In the order of their numbers, from 1 on. */
  readonly words: readonly string[];
};

/** The writing side of a `Store`: batches become columns here, wherever the database is. */
export async function columnStoreWriter(database: ColumnStore): Promise<StoreWriter> {
  let { appliedEventNo, names } = await stateOf(database);
  const writtenFlows = new Map<string, string>();
  return {
    get appliedEventNo() {
      return appliedEventNo;
    },
    async apply(batch: StoreBatch) {
      const flows = [...batch.flows].filter(([flow, name]) => writtenFlows.get(flow) !== name);
      const columns = { ...encodeBatch(batch, names, appliedEventNo), flows };
      const highest = columns.appliedEventNo;
      try {
        await database.write(columns);
      } catch (error) {
        ({ appliedEventNo, names } = await stateOf(database));
        throw error;
      }
      appliedEventNo = highest;
      for (const [flow, name] of flows) writtenFlows.set(flow, name);
    },
    waiting: () => database.waiting(),
  };
}

async function stateOf(database: ColumnStore): Promise<{ appliedEventNo: number; names: Names }> {
  const { appliedEventNo, words } = await database.state();
  return { appliedEventNo, names: new Names(words) };
}
