import { useQuery } from '@tanstack/react-query';
import { flowsQuery } from '../../api/queries.ts';
import { Loading } from '../loading.tsx';
import { usePageTitle } from '../page-title.ts';
import { ProblemNote } from '../problem.tsx';
import { FlowTile } from './flow-tile.tsx';
import { NoFlows } from './no-flows.tsx';
import { StuckSummary } from './stuck-summary.tsx';

/** First what needs a person, then everything that was found. */
export function OverviewPage() {
  usePageTitle('');
  const { data, error, refetch } = useQuery(flowsQuery());
  const flows = [...(data?.items ?? [])].sort(
    (a, b) => b.instances.stuck - a.instances.stuck || b.instances.total - a.instances.total,
  );
  return (
    <div className="page">
      <h1>Flows</h1>
      {error && !data && <ProblemNote error={error} retry={refetch} />}
      {!data && !error && <Loading label="Loading flows" block />}
      {data && flows.length === 0 && <NoFlows />}
      {flows.length > 0 && (
        <>
          <StuckSummary />
          <section aria-labelledby="all-flows">
            <h2 id="all-flows">
              All flows <span className="heading-count">{flows.length}</span>
            </h2>
            <ul className="flow-list" data-testid="flow-list">
              {flows.map((flow) => (
                <FlowTile key={flow.flow} flow={flow} />
              ))}
            </ul>
          </section>
        </>
      )}
    </div>
  );
}
