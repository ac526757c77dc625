import { type FlowView, writeFlowView } from '../model/filters.ts';

/** Where things are: the only place that builds addresses of pages. */
export const flowAddress = (flow: string, tab?: string, view?: FlowView): string => {
  const path = `/flows/${encodeURIComponent(flow)}${tab && tab !== 'map' ? `/${tab}` : ''}`;
  const query = view ? writeFlowView(view).toString() : '';
  return query ? `${path}?${query}` : path;
};
export const instanceAddress = (instance: string): string => `/instances/${encodeURIComponent(instance)}`;
export const searchAddress = (text: string): string => `/search?${new URLSearchParams({ key: text })}`;
export const stuckAddress = '/stuck';
export const deadLettersAddress = '/dead-letters';
