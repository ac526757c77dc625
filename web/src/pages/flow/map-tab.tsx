import type { UseQueryResult } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Chain } from 'throughline/schema';
import { graphOf } from '../../model/graph.ts';
import { startingShares, thin } from '../../model/thin.ts';
import { Loading } from '../loading.tsx';
import { ProblemNote } from '../problem.tsx';
import { ChainTables } from './chain-tables.tsx';
import { MapCanvas } from './map-canvas.tsx';
import { MapToolbar } from './map-toolbar.tsx';
import { SelectionPanel } from './selection-panel.tsx';
import type { FlowViewState } from './use-flow-view.ts';

type MapTabProps = {
  readonly flow: string;
  readonly state: FlowViewState;
  readonly chain: UseQueryResult<Chain>;
};

/** The event chain as a map, or as the two tables that say the same. */
export function MapTab({ flow, state, chain: { data: chain, error, refetch } }: MapTabProps) {
  const { view, change } = state;
  const measure = view.measure ?? 'count';
  const starting = useMemo(
    () => (chain ? startingShares(chain) : { activities: 100, transitions: 100 }),
    [chain],
  );
  const shares = useMemo(
    () => ({
      activities: view.activitiesShown ?? starting.activities,
      transitions: view.transitionsShown ?? starting.transitions,
    }),
    [view.activitiesShown, view.transitionsShown, starting],
  );
  const thinned = useMemo(() => (chain ? thin(chain, shares) : null), [chain, shares]);
  const graph = useMemo(
    () => (chain && thinned ? graphOf({ ...chain, ...thinned }) : null),
    [chain, thinned],
  );
  if (error && !chain) return <ProblemNote error={error} retry={refetch} />;
  if (!chain || !thinned || !graph) return <Loading label="Loading the map" block />;
  if (chain.activities.length === 0) return <NothingSelected state={state} />;
  return (
    <div className="map-tab">
      <MapToolbar state={state} chain={chain} thinned={thinned} measure={measure} />
      <div className="map-stage">
        {view.table ? (
          <ChainTables chain={chain} onSelect={(selected) => change({ selected })} />
        ) : (
          <MapCanvas
            flow={flow}
            graph={graph}
            measure={measure}
            selected={view.selected}
            onSelect={(selected) => change({ selected })}
          />
        )}
        {view.selected && <SelectionPanel flow={flow} chain={chain} state={state} selected={view.selected} />}
      </div>
    </div>
  );
}

const NothingSelected = ({ state }: { readonly state: FlowViewState }) => (
  <div className="empty">
    <h2>No instance matches</h2>
    <p>
      Nothing in this flow fits the filter.{' '}
      <button type="button" className="link-button" onClick={() => state.filterBy({})}>
        Show all instances
      </button>
    </p>
  </div>
);
