import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { type Filter, type FlowView, readFlowView, writeFlowView } from '../../model/filters.ts';

export type FlowViewState = {
  readonly view: FlowView;
  /** Changes parts of the view. `undefined` removes a part. Looking around replaces the address, filtering adds to history. */
  readonly change: (parts: { readonly [Part in keyof FlowView]?: FlowView[Part] | undefined }) => void;
  readonly filterBy: (filter: Filter) => void;
};

/** The state of a flow's pages; it lives in the address and nowhere else. */
export function useFlowView(): FlowViewState {
  const [query, setQuery] = useSearchParams();
  const text = query.toString();
  const view = useMemo(() => readFlowView(new URLSearchParams(text)), [text]);
  const change = useCallback<FlowViewState['change']>(
    (parts) => {
      const isNavigation = 'filter' in parts || 'view' in parts || 'table' in parts;
      setQuery((before) => writeFlowView(merged(readFlowView(before), parts)), { replace: !isNavigation });
    },
    [setQuery],
  );
  const filterBy = useCallback((filter: Filter) => change({ filter, selected: undefined }), [change]);
  return { view, change, filterBy };
}

function merged(view: FlowView, parts: Parameters<FlowViewState['change']>[0]): FlowView {
  const entries = Object.entries({ ...view, ...parts }).filter(
    ([, value]) => value !== undefined && value !== false,
  );
  return { filter: {}, ...Object.fromEntries(entries) } as FlowView;
}
