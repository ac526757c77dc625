import { Button } from '@carbon/react';
import { CheckmarkFilled } from '@carbon/react/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import { stuckQuery } from '../../api/queries.ts';
import { type Cause, causesOf, isOf } from '../../model/causes.ts';
import { type Filter, writeFilter } from '../../model/filters.ts';
import { counted, formatCount } from '../../model/format.ts';
import { Duration } from '../figures.tsx';
import { Loading } from '../loading.tsx';
import { ProblemNote } from '../problem.tsx';
import { StuckRows } from './stuck-rows.tsx';

type BrowserProps = { readonly flow?: string; readonly filter?: Filter };

/** The stuck instances, of one flow or of all: grouped by what they wait for, then one by one. */
export function StuckBrowser({ flow, filter = {} }: BrowserProps) {
  const [query, setQuery] = useSearchParams();
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    stuckQuery(flow, filter),
  );
  if (error && !data) return <ProblemNote error={error} retry={refetch} />;
  if (!data) return <Loading label="Loading what is stuck" lines={8} />;
  const items = data.pages.flatMap((page) => page.items);
  const total = data.pages[0]?.total ?? 0;
  if (total === 0) {
    return writeFilter(filter).size > 0 ? (
      <p className="page-lead">Nothing that the filter selects is stuck.</p>
    ) : (
      <p className="all-well">
        <CheckmarkFilled size={20} /> Nothing is stuck: every open instance is within its time.
      </p>
    );
  }
  const causes = causesOf(items);
  const chosen = causes.find((cause) => cause.id === query.get('cause'));
  const listed = chosen ? items.filter((item) => isOf(item, chosen)) : items;
  const choose = (cause: Cause | undefined) =>
    setQuery((before) => {
      const after = new URLSearchParams(before);
      if (cause) after.set('cause', cause.id);
      else after.delete('cause');
      return after;
    });
  return (
    <>
      <p className="page-lead">
        {counted(total, 'instance')} {total === 1 ? 'waits' : 'wait'} for a step that should have come. The
        longest overdue come first{hasNextPage ? `; the first ${formatCount(items.length)} are listed` : ''}.
      </p>
      <ul className="causes" aria-label="What they wait for">
        {causes.map((cause) => (
          <li key={cause.id}>
            <CauseTile
              cause={cause}
              isChosen={cause.id === chosen?.id}
              onChoose={() => choose(cause.id === chosen?.id ? undefined : cause)}
              showFlow={flow === undefined}
            />
          </li>
        ))}
      </ul>
      <StuckRows items={listed} showFlow={flow === undefined} />
      {hasNextPage && (
        <Button kind="tertiary" size="md" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {isFetchingNextPage ? 'Loading' : 'List more'}
        </Button>
      )}
    </>
  );
}

type TileProps = {
  readonly cause: Cause;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly showFlow: boolean;
};

function CauseTile({ cause, isChosen, onChoose, showFlow }: TileProps) {
  return (
    <button
      type="button"
      className={`cause${isChosen ? ' is-chosen' : ''}`}
      aria-pressed={isChosen}
      onClick={onChoose}
    >
      <span className="cause-count figure">{formatCount(cause.instances)}</span>
      <span className="cause-text">
        <span>
          {cause.instances === 1 ? 'waits' : 'wait'} for <b>{cause.service || 'nobody known'}</b> to do{' '}
          <b>{cause.activity}</b>
        </span>
        <small>
          {showFlow && <>{cause.flow} · </>}
          after {cause.after} · up to <Duration us={cause.longestUs} /> overdue
        </small>
      </span>
    </button>
  );
}
