import type { ChainView, FlowFilter, InstanceState } from 'throughline/schema';
import { formatDuration, formatTime } from './format.ts';
import { isMeasure, type MeasureName } from './measure.ts';

/** Which instances a flow page is about: the server's filter, with attribute filters beside it. */
export type Filter = Omit<FlowFilter, never> & { readonly attributes?: Readonly<Record<string, string>> };

/** All that the address of a flow page says; what is left out has its default. */
export type FlowView = {
  readonly filter: Filter;
  /** Absent: the server's own choice, causal where there are causes. */
  readonly view?: ChainView;
  readonly measure?: MeasureName;
  /** Percent of the activities and transitions that are drawn; absent: chosen by size. */
  readonly activitiesShown?: number;
  readonly transitionsShown?: number;
  /** An activity (`a:NAME`) or a transition (`t:FROM>TO`) with its panel open. */
  readonly selected?: string;
  readonly table?: boolean;
};

export const instanceStates: readonly InstanceState[] = ['open', 'stuck', 'completed', 'failed'];
const textFilters = ['from', 'to', 'service', 'activity', 'notActivity', 'variant', 'key', 'edge'] as const;
const numberFilters = ['minDurationUs', 'maxDurationUs'] as const;
const attributePrefix = 'attribute.';

export function readFilter(query: URLSearchParams): Filter {
  const filter: { -readonly [Name in keyof Filter]: Filter[Name] } = {};
  for (const name of textFilters) {
    const value = query.get(name);
    if (value) filter[name] = value;
  }
  for (const name of numberFilters) {
    const value = query.get(name);
    if (value && /^\d+$/.test(value)) filter[name] = Number(value);
  }
  const state = instanceStates.find((one) => one === query.get('state'));
  if (state) filter.state = state;
  const attributes = [...query]
    .filter(([name, value]) => name.startsWith(attributePrefix) && name !== attributePrefix && value !== '')
    .map(([name, value]) => [name.slice(attributePrefix.length), value] as const);
  if (attributes.length > 0) filter.attributes = Object.fromEntries(attributes);
  return filter;
}

/** The filter as query parameters, in a fixed order, so that equal filters have equal addresses. */
export function writeFilter(filter: Filter): URLSearchParams {
  const query = new URLSearchParams();
  if (filter.state) query.set('state', filter.state);
  for (const name of [...textFilters, ...numberFilters]) {
    const value = filter[name];
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  for (const [name, value] of Object.entries(filter.attributes ?? {}).sort())
    query.set(attributePrefix + name, value);
  return query;
}

export function readFlowView(query: URLSearchParams): FlowView {
  const percent = (name: string): number | undefined => {
    const value = query.get(name);
    return value && /^\d{1,3}$/.test(value) ? Math.min(100, Number(value)) : undefined;
  };
  const view = query.get('view');
  const measure = query.get('measure');
  const [activitiesShown, transitionsShown] = [percent('activities'), percent('transitions')];
  const selected = query.get('selected');
  return {
    filter: readFilter(query),
    ...(view === 'temporal' || view === 'causal' ? { view } : {}),
    ...(isMeasure(measure) ? { measure } : {}),
    ...(activitiesShown === undefined ? {} : { activitiesShown }),
    ...(transitionsShown === undefined ? {} : { transitionsShown }),
    ...(selected ? { selected } : {}),
    ...(query.get('as') === 'table' ? { table: true } : {}),
  };
}

export function writeFlowView(state: FlowView): URLSearchParams {
  const query = writeFilter(state.filter);
  if (state.view) query.set('view', state.view);
  if (state.measure) query.set('measure', state.measure);
  if (state.activitiesShown !== undefined) query.set('activities', String(state.activitiesShown));
  if (state.transitionsShown !== undefined) query.set('transitions', String(state.transitionsShown));
  if (state.selected) query.set('selected', state.selected);
  if (state.table) query.set('as', 'table');
  return query;
}

export type FilterTag = { readonly name: string; readonly label: string; readonly without: Filter };

/** One removable tag for each part of the filter, with the filter that remains without it. */
export function filterTags(filter: Filter): FilterTag[] {
  const without = (name: keyof Filter): Filter => {
    const { [name]: _removed, ...rest } = filter;
    return rest;
  };
  const tags: FilterTag[] = [];
  const add = (name: keyof Filter, label: string) => tags.push({ name, label, without: without(name) });
  if (filter.state) add('state', `State: ${filter.state}`);
  if (filter.from) add('from', `Started from ${formatTime(filter.from)}`);
  if (filter.to) add('to', `Started until ${formatTime(filter.to)}`);
  if (filter.service) add('service', `Service: ${filter.service}`);
  if (filter.activity) add('activity', `With: ${filter.activity}`);
  if (filter.notActivity) add('notActivity', `Without: ${filter.notActivity}`);
  if (filter.edge) add('edge', `Through: ${filter.edge.replace('>', ' → ')}`);
  if (filter.variant) add('variant', `Variant: ${shortened(filter.variant)}`);
  if (filter.minDurationUs !== undefined)
    add('minDurationUs', `At least ${formatDuration(filter.minDurationUs)}`);
  if (filter.maxDurationUs !== undefined)
    add('maxDurationUs', `At most ${formatDuration(filter.maxDurationUs)}`);
  if (filter.key) add('key', `Key: ${filter.key}`);
  for (const [name, value] of Object.entries(filter.attributes ?? {})) {
    const { [name]: _removed, ...rest } = filter.attributes ?? {};
    const remaining = Object.keys(rest).length > 0 ? { ...filter, attributes: rest } : without('attributes');
    tags.push({ name: attributePrefix + name, label: `${name} = ${value}`, without: remaining });
  }
  return tags;
}

const shortened = (id: string): string => (id.length > 12 ? `${id.slice(0, 10)}…` : id);
