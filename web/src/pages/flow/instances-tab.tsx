import { useInfiniteQuery } from '@tanstack/react-query';
import type { InstanceSummary } from 'throughline/schema';
import { instancesQuery } from '../../api/queries.ts';
import type { Filter } from '../../model/filters.ts';
import { counted, formatCount } from '../../model/format.ts';
import { instanceAddress } from '../addresses.ts';
import { AppLink, useFollow } from '../app-link.tsx';
import { Ago, Count, Duration, Time } from '../figures.tsx';
import { KeyList } from '../key-list.tsx';
import { Loading } from '../loading.tsx';
import { ProblemNote } from '../problem.tsx';
import { StateTag } from '../state-tag.tsx';
import { VirtualRows } from '../virtual-rows.tsx';

type TabProps = { readonly flow: string; readonly filter: Filter };
const columns = ['State', 'Keys', 'Started', 'Duration', 'Steps', 'Last activity', 'Services'];

/** Every instance that the filter selects; only the rows in sight exist, and further pages are read on the way down. */
export function InstancesTab({ flow, filter }: TabProps) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    instancesQuery(flow, filter),
  );
  if (error && !data) return <ProblemNote error={error} retry={refetch} />;
  if (!data) return <Loading label="Loading instances" lines={10} />;
  const items = data.pages.flatMap((page) => page.items);
  const total = data.pages[0]?.total ?? 0;
  if (items.length === 0) {
    return (
      <div className="empty">
        <h2>No instance matches</h2>
        <p>Nothing in this flow fits the filter. Remove one of its tags above.</p>
      </div>
    );
  }
  const more = () => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  };
  return (
    <>
      <p className="tab-note">{counted(total, 'instance')}</p>
      <VirtualRows
        label="Instances"
        className="instances"
        columns={columns}
        items={items}
        total={total}
        rowHeight={47}
        onEnd={more}
        render={(item, index) => <Row item={item} index={index} />}
      />
      {isFetchingNextPage && <Loading label="Loading more" lines={2} />}
      {!hasNextPage && total > 20 && (
        <p className="tab-note">That is all: {formatCount(items.length)} instances.</p>
      )}
    </>
  );
}

type RowProps = { readonly item: InstanceSummary; readonly index: number };

function Row({ item, index }: RowProps) {
  const follow = useFollow();
  const address = instanceAddress(item.instance);
  return (
    <div
      className="rows-row is-link"
      role="row"
      aria-rowindex={index + 2}
      data-instance={item.instance}
      onClick={(event) => follow(event, address)}
    >
      <span role="cell">
        <StateTag state={item.state} />
      </span>
      <span role="cell" className="is-cut">
        <AppLink href={address}>
          {item.keys.length > 0 ? <KeyList keys={item.keys} most={2} /> : <code>{item.instance}</code>}
        </AppLink>
      </span>
      <span role="cell">
        <Time iso={item.startedAt} />
      </span>
      <span role="cell" className="is-number">
        <Duration us={item.durationUs} />
      </span>
      <span role="cell" className="is-number">
        <Count value={item.activities} />
      </span>
      <span role="cell" className="is-cut">
        {item.lastActivity}{' '}
        <small>
          <Ago iso={item.lastAt} />
        </small>
      </span>
      <span role="cell" className="is-cut" title={item.services.join(', ')}>
        {item.services.join(', ')}
      </span>
    </div>
  );
}
