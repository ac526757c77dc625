import type { Chain, FlowSummary, InstanceState } from 'throughline/schema';
import { instanceStates } from '../../model/filters.ts';
import { formatCount, formatDuration, formatShare } from '../../model/format.ts';
import { Ago, Duration } from '../figures.tsx';
import type { FlowViewState } from './use-flow-view.ts';

type FiguresProps = {
  readonly summary: FlowSummary | undefined;
  readonly chain: Chain | undefined;
  readonly state: FlowViewState;
};

/** The figures of the whole flow; a state's figure is also the switch that filters by it. */
export function FlowFigures({ summary, chain, state }: FiguresProps) {
  if (!summary) return <div className="kpis is-empty" aria-hidden="true" />;
  const { filter } = state.view;
  const isWhole = Object.keys(filter).length === 0;
  const toggle = (chosen: InstanceState) => {
    const { state: before, ...rest } = filter;
    state.filterBy(before === chosen ? rest : { ...rest, state: chosen });
  };
  return (
    <div className="kpis" role="group" aria-label="Figures of the whole flow">
      <div className="kpi">
        <span className="kpi-label">Instances</span>
        <span className="kpi-value figure">{formatCount(summary.instances.total)}</span>
      </div>
      {instanceStates.map((one) => (
        <button
          type="button"
          key={one}
          className={`kpi is-${one}${filter.state === one ? ' is-chosen' : ''}${summary.instances[one] === 0 ? ' is-zero' : ''}`}
          aria-pressed={filter.state === one}
          title={filter.state === one ? 'Show all states again' : `Show only ${one} instances`}
          onClick={() => toggle(one)}
        >
          <span className="kpi-label">
            <span className="state-mark" aria-hidden="true" />
            {one}
          </span>
          <span className="kpi-value figure">{formatCount(summary.instances[one])}</span>
          <span className="kpi-share">
            {formatShare(summary.instances[one] / Math.max(1, summary.instances.total))}
          </span>
        </button>
      ))}
      <div className="kpi is-wide">
        <span className="kpi-label">{isWhole ? 'Variants' : 'Variants, filtered'}</span>
        <span className="kpi-value figure">{chain ? formatCount(chain.variants) : '–'}</span>
      </div>
      <div className="kpi is-wide">
        <span className="kpi-label">{isWhole ? 'Duration, median' : 'Duration, filtered'}</span>
        <span className="kpi-value is-text">{chain ? <Duration us={chain.durationUs.p50} /> : '–'}</span>
        <span className="kpi-share">{chain && `95 % within ${formatDuration(chain.durationUs.p95)}`}</span>
      </div>
      <div className="kpi is-wide">
        <span className="kpi-label">Last event</span>
        <span className="kpi-value is-text">{summary.lastAt ? <Ago iso={summary.lastAt} /> : '–'}</span>
      </div>
    </div>
  );
}
