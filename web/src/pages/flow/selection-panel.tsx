import { Button, IconButton } from '@carbon/react';
import { Close } from '@carbon/react/icons';
import { useEffect, useRef } from 'react';
import type { Chain, ChainActivity, ChainTransition } from 'throughline/schema';
import { useLocation } from 'wouter';
import type { Filter } from '../../model/filters.ts';
import { formatShare } from '../../model/format.ts';
import { activityId, transitionId } from '../../model/graph.ts';
import { flowAddress } from '../addresses.ts';
import { Count, Duration } from '../figures.tsx';
import type { FlowViewState } from './use-flow-view.ts';

type PanelProps = {
  readonly flow: string;
  readonly chain: Chain;
  readonly state: FlowViewState;
  readonly selected: string;
};

/** All figures of one activity or transition, and the way from there to its instances. */
export function SelectionPanel({ flow, chain, state, selected }: PanelProps) {
  const activity = chain.activities.find((one) => activityId(one.activity) === selected);
  const transition = chain.transitions.find((one) => transitionId(one.from, one.to) === selected);
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (selected !== '') panel.current?.focus({ preventScroll: true });
  }, [selected]);
  if (!activity && !transition) return null;
  return (
    <aside
      ref={panel}
      className="selection"
      tabIndex={-1}
      aria-label="Figures of what is selected"
      onKeyDown={(event) => {
        if (event.key === 'Escape') state.change({ selected: undefined });
      }}
    >
      <header>
        <span className="selection-kind">{activity ? 'Activity' : 'Transition'}</span>
        <IconButton
          label="Close"
          kind="ghost"
          size="sm"
          align="left"
          onClick={() => state.change({ selected: undefined })}
        >
          <Close />
        </IconButton>
      </header>
      {activity && <ActivityFacts activity={activity} chain={chain} state={state} />}
      {transition && <TransitionFacts transition={transition} />}
      <Actions {...{ flow, state, activity, transition }} />
    </aside>
  );
}

function ActivityFacts({
  activity,
  chain,
  state,
}: {
  readonly activity: ChainActivity;
  readonly chain: Chain;
  readonly state: FlowViewState;
}) {
  const neighbours = (side: 'from' | 'to') => {
    const other = side === 'from' ? 'to' : 'from';
    return chain.transitions
      .filter((one) => one[other] === activity.activity)
      .sort((a, b) => b.count - a.count);
  };
  return (
    <>
      <h2>{activity.activity}</h2>
      <dl className="facts">
        <Fact label="Steps">
          <Count value={activity.count} />
        </Fact>
        <Fact label="Instances">
          <Count value={activity.instances} />{' '}
          <small>{formatShare(activity.instances / Math.max(1, chain.instances))}</small>
        </Fact>
        <Fact label="Done by">{activity.services.join(', ') || '–'}</Fact>
        {activity.consumers.length > 0 && <Fact label="Consumed by">{activity.consumers.join(', ')}</Fact>}
        <Fact label="Working time, median">
          <Duration us={activity.durationUs.p50} />
        </Fact>
        <Fact label="95th percentile">
          <Duration us={activity.durationUs.p95} />
        </Fact>
        <Fact label="Mean">
          <Duration us={activity.durationUs.mean} />
        </Fact>
        <Fact label="First step of">
          <Count value={activity.starts} />
        </Fact>
        <Fact label="Last step of">
          <Count value={activity.ends} />
        </Fact>
        {activity.errors > 0 && (
          <Fact label="Errors" tone="error">
            <Count value={activity.errors} />
          </Fact>
        )}
        {activity.stuckAfter > 0 && (
          <Fact label="Stuck after it" tone="stuck">
            <Count value={activity.stuckAfter} />
          </Fact>
        )}
      </dl>
      <Neighbours title="Comes after" side="from" transitions={neighbours('from')} state={state} />
      <Neighbours title="Leads to" side="to" transitions={neighbours('to')} state={state} />
    </>
  );
}

type NeighboursProps = {
  readonly title: string;
  readonly side: 'from' | 'to';
  readonly transitions: readonly ChainTransition[];
  readonly state: FlowViewState;
};

function Neighbours({ title, side, transitions, state }: NeighboursProps) {
  if (transitions.length === 0) return null;
  return (
    <section className="neighbours">
      <h3>{title}</h3>
      <ul>
        {transitions.slice(0, 8).map((one) => (
          <li key={`${one.from}>${one.to}`}>
            <button
              type="button"
              className="link-button"
              onClick={() => state.change({ selected: transitionId(one.from, one.to) })}
            >
              {one[side]}
            </button>
            <Count value={one.count} />
          </li>
        ))}
        {transitions.length > 8 && <li>and {transitions.length - 8} rarer</li>}
      </ul>
    </section>
  );
}

function TransitionFacts({ transition }: { readonly transition: ChainTransition }) {
  const { waitUs, evidence } = transition;
  const sum = Math.max(1, evidence.causal + evidence.temporal);
  return (
    <>
      <h2>
        {transition.from} → {transition.to}
      </h2>
      <dl className="facts">
        <Fact label="Times">
          <Count value={transition.count} />
        </Fact>
        <Fact label="Instances">
          <Count value={transition.instances} />
        </Fact>
        <Fact label="Waiting time, median">
          <Duration us={waitUs.p50} />
        </Fact>
        <Fact label="95th percentile">
          <Duration us={waitUs.p95} />
        </Fact>
        <Fact label="Mean">
          <Duration us={waitUs.mean} />
        </Fact>
        <Fact label="Shortest">
          <Duration us={waitUs.min} />
        </Fact>
        <Fact label="Longest">
          <Duration us={waitUs.max} />
        </Fact>
        {transition.workUs.mean > 0 && (
          <Fact label="Working time, mean">
            <Duration us={transition.workUs.mean} />
          </Fact>
        )}
        <Fact label="Proven by causes">{formatShare(evidence.causal / sum)}</Fact>
        <Fact label="By the clock only">{formatShare(evidence.temporal / sum)}</Fact>
        {transition.parallel && <Fact label="Runs">beside other branches</Fact>}
        {transition.overlaps > 0 && (
          <Fact label="Began before the other ended">
            <Count value={transition.overlaps} /> <small>they count as no wait</small>
          </Fact>
        )}
        {transition.skewUs > 0 && (
          <Fact label="Clocks apart, at least">
            <Duration us={transition.skewUs} />
          </Fact>
        )}
      </dl>
    </>
  );
}

type FactProps = React.PropsWithChildren<{ readonly label: string; readonly tone?: 'error' | 'stuck' }>;
const Fact = ({ label, tone, children }: FactProps) => (
  <div className={tone ? `fact is-${tone}` : 'fact'}>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
);

type ActionProps = {
  readonly flow: string;
  readonly state: FlowViewState;
  readonly activity: ChainActivity | undefined;
  readonly transition: ChainTransition | undefined;
};

function Actions({ flow, state, activity, transition }: ActionProps) {
  const [, navigate] = useLocation();
  const { filter } = state.view;
  const through: Filter = activity
    ? { ...filter, activity: activity.activity }
    : { ...filter, edge: `${transition?.from}>${transition?.to}` };
  return (
    <div className="selection-actions">
      <Button size="sm" onClick={() => navigate(flowAddress(flow, 'instances', { filter: through }))}>
        Instances through here
      </Button>
      <Button size="sm" kind="tertiary" onClick={() => state.filterBy(through)}>
        Only these on the map
      </Button>
      {activity && (
        <Button
          size="sm"
          kind="ghost"
          onClick={() => state.filterBy({ ...filter, notActivity: activity.activity })}
        >
          Only those without it
        </Button>
      )}
    </div>
  );
}
