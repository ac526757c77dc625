import { Button } from '@carbon/react';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Variant } from 'throughline/schema';
import { variantsQuery } from '../../api/queries.ts';
import { counted, formatCount, formatShare } from '../../model/format.ts';
import { Duration } from '../figures.tsx';
import { Loading } from '../loading.tsx';
import { ProblemNote } from '../problem.tsx';
import type { FlowViewState } from './use-flow-view.ts';

/** The ways that instances took, the most frequent first; choosing one filters all tabs by it. */
export function VariantsTab({ flow, state }: { readonly flow: string; readonly state: FlowViewState }) {
  const { filter } = state.view;
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    variantsQuery(flow, filter),
  );
  if (error && !data) return <ProblemNote error={error} retry={refetch} />;
  if (!data) return <Loading label="Loading variants" lines={8} />;
  const items = data.pages.flatMap((page) => page.items);
  const total = data.pages[0]?.total ?? 0;
  const covered = items.reduce((sum, one) => sum + one.share, 0);
  const choose = (variant: string) => {
    const { variant: before, ...rest } = filter;
    state.filterBy(before === variant ? rest : { ...rest, variant });
  };
  return (
    <>
      <p className="tab-note">
        {counted(total, 'variant')}
        {hasNextPage &&
          `; the ${formatCount(items.length)} most frequent cover ${formatShare(covered)} of the instances`}
      </p>
      <ol className="variants">
        {items.map((item, at) => (
          <VariantRow
            key={item.variant}
            item={item}
            rank={at + 1}
            isChosen={filter.variant === item.variant}
            onChoose={choose}
          />
        ))}
      </ol>
      {hasNextPage && (
        <Button kind="tertiary" size="md" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {isFetchingNextPage ? 'Loading' : 'List more'}
        </Button>
      )}
    </>
  );
}

type RowProps = {
  readonly item: Variant;
  readonly rank: number;
  readonly isChosen: boolean;
  readonly onChoose: (variant: string) => void;
};
/** A variant of hundreds of steps is told by its beginning and its end. */
const ends = { first: 10, last: 3 } as const;

function VariantRow({ item, rank, isChosen, onChoose }: RowProps) {
  const chips = chipsOf(item.activities);
  return (
    <li>
      <button
        type="button"
        className={`variant${isChosen ? ' is-chosen' : ''}`}
        aria-pressed={isChosen}
        onClick={() => onChoose(item.variant)}
      >
        <span className="variant-rank figure">{rank}</span>
        <span className="variant-share">
          <span className="variant-share-text">
            <b className="figure">{formatShare(item.share)}</b>{' '}
            <span className="figure">{formatCount(item.instances)}</span>
          </span>
          <span className="variant-bar" aria-hidden="true">
            <i style={{ width: `${Math.max(0.5, item.share * 100)}%` }} />
          </span>
        </span>
        <span className="variant-time">
          <Duration us={item.durationUs.p50} />
          <small>median</small>
        </span>
        <span className="variant-steps">
          {chips.map(({ text, times, key }) => (
            <span className="chip" key={key}>
              {text}
              {times > 1 && <b> ×{times}</b>}
            </span>
          ))}
        </span>
      </button>
    </li>
  );
}

type Chip = { readonly key: string; readonly text: string; readonly times: number };

/** Repetitions in a row become one chip with their number. */
function chipsOf(activities: readonly string[]): Chip[] {
  const runs: Chip[] = [];
  for (const [at, text] of activities.entries()) {
    const before = runs.at(-1);
    if (before?.text === text) runs[runs.length - 1] = { ...before, times: before.times + 1 };
    else runs.push({ key: `${at}`, text, times: 1 });
  }
  const hidden = runs.length - ends.first - ends.last;
  if (hidden < 2) return runs;
  return [
    ...runs.slice(0, ends.first),
    { key: 'hidden', text: `… ${hidden} more …`, times: 1 },
    ...runs.slice(-ends.last),
  ];
}
