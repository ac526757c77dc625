import type { TransferListItem } from 'node:worker_threads';
import type { ColumnStore } from './column-store.ts';
import { type BatchColumns, transferOf } from './encode.ts';

export interface TransferringCaller {
  call(name: string, args: readonly unknown[], transfer?: readonly TransferListItem[]): Promise<unknown>;
}

/** The database in another thread. What is written is handed over, not copied: its columns are empty here afterwards. */
export function remoteColumnStore(caller: TransferringCaller): ColumnStore {
  const ask = (name: keyof ColumnStore) => () => caller.call(name, []) as Promise<never>;
  return {
    state: ask('state'),
    waiting: ask('waiting'),
    async write(batch: BatchColumns) {
      await caller.call('write', [batch], transferOf(batch));
    },
  };
}
