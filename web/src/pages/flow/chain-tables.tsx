import type { Chain } from 'throughline/schema';
import { formatShare } from '../../model/format.ts';
import { activityId, transitionId } from '../../model/graph.ts';
import { Count, Duration } from '../figures.tsx';

type TablesProps = { readonly chain: Chain; readonly onSelect: (id: string) => void };

/** The twin of the map for those who read rather than look: every activity and transition, none thinned out. */
export function ChainTables({ chain, onSelect }: TablesProps) {
  const activities = [...chain.activities].sort((a, b) => b.count - a.count);
  const transitions = [...chain.transitions].sort((a, b) => b.count - a.count);
  return (
    <div className="chain-tables">
      <h2 id="activities-title">Activities</h2>
      <div className="table-scroll">
        <table className="table" aria-labelledby="activities-title">
          <thead>
            <tr>
              <th>Activity</th>
              <th>Done by</th>
              <Numbers
                labels={[
                  'Steps',
                  'Instances',
                  'Starts',
                  'Ends',
                  'Median work',
                  '95th percentile',
                  'Errors',
                  'Stuck after',
                ]}
              />
            </tr>
          </thead>
          <tbody>
            {activities.map((one) => (
              <tr key={one.activity}>
                <th scope="row">
                  <button
                    type="button"
                    className="link-button"
                    onClick={() => onSelect(activityId(one.activity))}
                  >
                    {one.activity}
                  </button>
                </th>
                <td>{one.services.join(', ')}</td>
                <td className="is-number">
                  <Count value={one.count} />
                </td>
                <td className="is-number">
                  <Count value={one.instances} />
                </td>
                <td className="is-number">
                  <Count value={one.starts} />
                </td>
                <td className="is-number">
                  <Count value={one.ends} />
                </td>
                <td className="is-number">
                  <Duration us={one.durationUs.p50} />
                </td>
                <td className="is-number">
                  <Duration us={one.durationUs.p95} />
                </td>
                <td className={one.errors > 0 ? 'is-number is-error' : 'is-number'}>
                  <Count value={one.errors} />
                </td>
                <td className={one.stuckAfter > 0 ? 'is-number is-stuck' : 'is-number'}>
                  <Count value={one.stuckAfter} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <h2 id="transitions-title">Transitions</h2>
      <div className="table-scroll">
        <table className="table" aria-labelledby="transitions-title">
          <thead>
            <tr>
              <th>From</th>
              <th>To</th>
              <Numbers
                labels={['Times', 'Instances', 'Median wait', '95th percentile', 'Mean', 'Longest', 'Proven']}
              />
              <th>Parallel</th>
            </tr>
          </thead>
          <tbody>
            {transitions.map((one) => (
              <tr key={transitionId(one.from, one.to)}>
                <th scope="row">
                  <button
                    type="button"
                    className="link-button"
                    onClick={() => onSelect(transitionId(one.from, one.to))}
                  >
                    {one.from}
                  </button>
                </th>
                <td>{one.to}</td>
                <td className="is-number">
                  <Count value={one.count} />
                </td>
                <td className="is-number">
                  <Count value={one.instances} />
                </td>
                <td className="is-number">
                  <Duration us={one.waitUs.p50} />
                </td>
                <td className="is-number">
                  <Duration us={one.waitUs.p95} />
                </td>
                <td className="is-number">
                  <Duration us={one.waitUs.mean} />
                </td>
                <td className="is-number">
                  <Duration us={one.waitUs.max} />
                </td>
                <td className="is-number">
                  {formatShare(
                    one.evidence.causal / Math.max(1, one.evidence.causal + one.evidence.temporal),
                  )}
                </td>
                <td>{one.parallel ? 'yes' : 'no'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

const Numbers = ({ labels }: { readonly labels: readonly string[] }) =>
  labels.map((label) => (
    <th key={label} className="is-number">
      {label}
    </th>
  ));
