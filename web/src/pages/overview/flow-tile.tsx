import type { FlowSummary, InstanceState } from 'throughline/schema';
import { StateBar } from '../../draw/state-bar.tsx';
import { instanceStates } from '../../model/filters.ts';
import { formatCount } from '../../model/format.ts';
import { flowAddress } from '../addresses.ts';
import { AppLink, useFollow } from '../app-link.tsx';
import { Ago, Count } from '../figures.tsx';

/** One flow: how its instances are doing, how much there is, and when it was last heard of. */
export function FlowTile({ flow }: { readonly flow: FlowSummary }) {
  const follow = useFollow();
  const address = flowAddress(flow.flow);
  return (
    <li className="flow-tile" data-testid="flow-tile" data-flow={flow.flow}>
      <a className="flow-tile-name" href={address} onClick={(event) => follow(event, address)}>
        {flow.name}
      </a>
      <p className="flow-tile-facts">
        <span>
          <Count value={flow.instances.total} /> instances
        </span>
        <span>
          <Count value={flow.activities} /> activities
        </span>
        <span>
          <Count value={flow.events} /> events
        </span>
      </p>
      <StateBar counts={flow.instances} />
      <dl className="state-figures">
        {instanceStates.map((state) => (
          <StateFigure key={state} flow={flow} state={state} />
        ))}
      </dl>
      <p className="flow-tile-last">
        {flow.lastAt ? (
          <>
            Last event <Ago iso={flow.lastAt} />
          </>
        ) : (
          'No event yet'
        )}
      </p>
    </li>
  );
}

function StateFigure({ flow, state }: { readonly flow: FlowSummary; readonly state: InstanceState }) {
  const count = flow.instances[state];
  const tab = state === 'stuck' ? 'stuck' : 'instances';
  const address = flowAddress(flow.flow, tab, { filter: tab === 'stuck' ? {} : { state } });
  return (
    <div className={`state-figure is-${state}${count === 0 ? ' is-zero' : ''}`}>
      <dt>
        <span className="state-mark" aria-hidden="true" />
        {state}
      </dt>
      <dd>{count === 0 ? 0 : <AppLink href={address}>{formatCount(count)}</AppLink>}</dd>
    </div>
  );
}
