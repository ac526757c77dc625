import type { StoreQueries } from './store.ts';

export interface Caller {
  call(name: string, args: readonly unknown[]): Promise<unknown>;
}

export const QUERY_NAMES = [
  'flows',
  'chain',
  'variants',
  'instances',
  'instance',
  'search',
  'overdue',
  'counts',
  'deadLetters',
  'deadLettersOf',
  'expired',
  'deadLettersBefore',
  'usedBytes',
] as const satisfies readonly (keyof StoreQueries)[];

/** The questions to a store that lives in another thread. */
export function remoteQueries(caller: Caller): StoreQueries {
  const ask = QUERY_NAMES.map((name) => [name, (...args: unknown[]) => caller.call(name, args)]);
  return Object.fromEntries(ask) as StoreQueries;
}

/** The other end: answers to the questions, by name. */
export function queryHandlers(queries: StoreQueries): Record<string, (...args: unknown[]) => unknown> {
  return Object.fromEntries(
    QUERY_NAMES.map((name) => [name, (...args) => (queries[name] as (...a: unknown[]) => unknown)(...args)]),
  );
}
