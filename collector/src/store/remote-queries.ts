import type { StoreQueries } from './store.ts';

export interface Caller {
  call(name: string, args: readonly unknown[]): Promise<unknown>;
}

/** The questions to a store that lives in another thread. */
export function remoteQueries(caller: Caller): StoreQueries {
  const ask =
    (name: keyof StoreQueries) =>
    (...args: unknown[]) =>
      caller.call(name, args) as Promise<never>;
  return {
    flows: ask('flows'),
    chain: ask('chain'),
    variants: ask('variants'),
    instances: ask('instances'),
    instance: ask('instance'),
    search: ask('search'),
    overdue: ask('overdue'),
    counts: ask('counts'),
    deadLetters: ask('deadLetters'),
  };
}
