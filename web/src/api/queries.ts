import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import type {
  Chain,
  ChainView,
  DeadLetterPage,
  FlowList,
  Instance,
  InstancePage,
  SearchResult,
  Status,
  StuckPage,
  VariantPage,
} from 'throughline/schema';
import { type Filter, writeFilter } from '../model/filters.ts';
import { read } from './client.ts';

const flowPath = (flow: string, part: string): string => `flows/${encodeURIComponent(flow)}/${part}`;

/** Every key begins with what it is about, so that a live message about one flow renews only that flow. */
export const queryKeys = {
  flow: (flow: string) => ['flow', flow] as const,
  flows: ['flows'] as const,
  stuck: ['stuck'] as const,
  status: ['status'] as const,
  deadLetters: ['dead-letters'] as const,
  instances: ['instance'] as const,
};

export const statusQuery = () =>
  queryOptions({
    queryKey: queryKeys.status,
    queryFn: ({ signal }) => read<Status>('status', new URLSearchParams(), signal),
    refetchInterval: 5_000,
  });

export const flowsQuery = () =>
  queryOptions({
    queryKey: queryKeys.flows,
    queryFn: ({ signal }) => read<FlowList>('flows', new URLSearchParams(), signal),
  });

/** `view` absent: the server chooses causal where there are causes. */
export function chainQuery(flow: string, filter: Filter, view: ChainView | undefined) {
  const query = writeFilter(filter);
  if (view) query.set('view', view);
  return queryOptions({
    queryKey: [...queryKeys.flow(flow), 'chain', query.toString()],
    queryFn: ({ signal }) => read<Chain>(flowPath(flow, 'chain'), query, signal),
    placeholderData: keepPreviousData,
  });
}

const paged = <Page extends { next: string | null }>(
  queryKey: readonly string[],
  path: string,
  query: URLSearchParams,
  limit: number,
) =>
  infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => {
      const page = new URLSearchParams(query);
      page.set('limit', String(limit));
      if (pageParam !== '') page.set('cursor', pageParam);
      return read<Page>(path, page, signal);
    },
    initialPageParam: '',
    getNextPageParam: (last: Page) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export function instancesQuery(flow: string, filter: Filter) {
  const query = writeFilter(filter);
  const key = [...queryKeys.flow(flow), 'instances', query.toString()];
  return paged<InstancePage>(key, flowPath(flow, 'instances'), query, 100);
}

export function variantsQuery(flow: string, filter: Filter) {
  const query = writeFilter(filter);
  const key = [...queryKeys.flow(flow), 'variants', query.toString()];
  return paged<VariantPage>(key, flowPath(flow, 'variants'), query, 50);
}

/** Stuck instances, the most overdue first; of one flow where it is given, and of those only what the filter selects. */
export function stuckQuery(flow?: string, filter: Filter = {}) {
  const query = flow === undefined ? new URLSearchParams() : writeFilter(filter);
  if (flow !== undefined) query.set('flow', flow);
  return paged<StuckPage>([...queryKeys.stuck, query.toString()], 'stuck', query, 100);
}

/** Input that could not be read, the newest first. */
export const deadLettersQuery = () =>
  paged<DeadLetterPage>(queryKeys.deadLetters, 'dead-letters', new URLSearchParams(), 50);

export const instanceQuery = (instance: string) =>
  queryOptions({
    queryKey: [...queryKeys.instances, instance],
    queryFn: ({ signal }) =>
      read<Instance>(`instances/${encodeURIComponent(instance)}`, new URLSearchParams(), signal),
  });

export const searchQuery = (text: string) =>
  queryOptions({
    queryKey: ['search', text],
    queryFn: ({ signal }) => read<SearchResult>('search', new URLSearchParams({ key: text }), signal),
    enabled: text !== '',
  });
