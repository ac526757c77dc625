import { useInfiniteQuery } from '@tanstack/react-query';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
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

type TabProps = { readonly flow: string; readonly filter: Filter };
const rowHeight = { wide: 48, narrow: 84 } as const;

/** Every instance that the filter selects; only the rows in sight exist, and further pages are read on the way down. */
export function InstancesTab({ flow, filter }: TabProps) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(instancesQuery(flow, filter));
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
      <Rows items={items} total={total} onEnd={more} />
      {isFetchingNextPage && <Loading label="Loading more" lines={2} />}
      {!hasNextPage && total > 20 && <p className="tab-note">That is all: {formatCount(items.length)} instances.</p>}
    </>
  );
}

type RowsProps = { readonly items: readonly InstanceSummary[]; readonly total: number; readonly onEnd: () => void };

function Rows({ items, total, onEnd }: RowsProps) {
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const height = matchMedia('(min-width: 672px)').matches ? rowHeight.wide : rowHeight.narrow;
  useLayoutEffect(() => setTop(list.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({ count: items.length, estimateSize: () => height, overscan: 12, scrollMargin: top });
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= items.length - 10) onEnd();
  }, [last, items.length, onEnd]);
  return (
    <div className="instances" role="table" aria-label="Instances" aria-rowcount={total + 1}>
      <div className="instances-head" role="row" aria-rowindex={1}>
        {['State', 'Keys', 'Started', 'Duration', 'Steps', 'Last activity', 'Services'].map((label) => (
          <span key={label} role="columnheader">
            {label}
          </span>
        ))}
      </div>
      <div ref={list} role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {rows.map((row) => {
          const item = items[row.index];
          if (!item) return null;
          return <Row key={item.instance} item={item} index={row.index} offset={row.start - top} height={height} />;
        })}
      </div>
    </div>
  );
}

type RowProps = { readonly item: InstanceSummary; readonly index: number; readonly offset: number; readonly height: number };

function Row({ item, index, offset, height }: RowProps) {
  const follow = useFollow();
  const address = instanceAddress(item.instance);
  return (
    <div
      className="instances-row"
      role="row"
      aria-rowindex={index + 2}
      data-instance={item.instance}
      style={{ transform: `translateY(${offset}px)`, height }}
      onClick={(event) => follow(event, address)}
    >
      <span role="cell">
        <StateTag state={item.state} size="sm" />
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
        {item.lastActivity} <small><Ago iso={item.lastAt} /></small>
      </span>
      <span role="cell" className="is-cut" title={item.services.join(', ')}>
        {item.services.join(', ')}
      </span>
    </div>
  );
}
