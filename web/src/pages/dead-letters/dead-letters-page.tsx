import { Button } from '@carbon/react';
import { CheckmarkFilled, Renew, TrashCan } from '@carbon/react/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { DeadLetterPage } from 'throughline/schema';
import { deadLettersQuery } from '../../api/queries.ts';
import { counted, formatCount } from '../../model/format.ts';
import { readableContent } from '../../model/readable-content.ts';
import { Ago } from '../figures.tsx';
import { Loading } from '../loading.tsx';
import { usePageTitle } from '../page-title.ts';
import { ProblemNote } from '../problem.tsx';
import { DiscardAll } from './discard-all.tsx';
import { useLetterActions } from './use-letter-actions.ts';

/** Input that could not be read, the newest first, each with its reason and what came. */
export function DeadLettersPage() {
  usePageTitle('Dead letters');
  return (
    <div className="page">
      <h1>Dead letters</h1>
      <DeadLetters />
    </div>
  );
}

function DeadLetters() {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    deadLettersQuery(),
  );
  const actions = useLetterActions();
  if (error && !data) return <ProblemNote error={error} retry={refetch} />;
  if (!data) return <Loading label="Loading the dead letters" lines={6} />;
  const items = data.pages.flatMap((page) => page.items);
  const total = data.pages[0]?.total ?? 0;
  if (total === 0) {
    return (
      <p className="all-well">
        <CheckmarkFilled size={20} /> All input could be read.
      </p>
    );
  }
  return (
    <>
      <p className="page-lead">
        {counted(total, 'piece')} of input could not be read and {total === 1 ? 'was' : 'were'} kept with the
        reason. {total === 1 ? 'It is' : 'They are'} in no instance
        {hasNextPage ? `; the first ${formatCount(items.length)} are listed` : ''}.
      </p>
      <div className="dead-letters-actions">
        <Button
          kind="tertiary"
          size="md"
          renderIcon={Renew}
          disabled={actions.isBusy}
          onClick={() => actions.replay({ all: true })}
        >
          Read all again
        </Button>
        <DiscardAll total={total} isBusy={actions.isBusy} discard={() => actions.discard({ all: true })} />
        <p className="dead-letters-done" role="status">
          {actions.done}
        </p>
      </div>
      {actions.error && <ProblemNote error={actions.error} />}
      <ul className="dead-letters" data-testid="dead-letters">
        {items.map((letter) => (
          <Letter key={letter.id} letter={letter} actions={actions} />
        ))}
      </ul>
      {hasNextPage && (
        <Button kind="tertiary" size="md" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {isFetchingNextPage ? 'Loading' : 'List more'}
        </Button>
      )}
    </>
  );
}

type LetterProps = {
  readonly letter: DeadLetterPage['items'][number];
  readonly actions: ReturnType<typeof useLetterActions>;
};

const Letter = ({ letter, actions }: LetterProps) => (
  <li className="dead-letter">
    <div className="dead-letter-head">
      <p className="dead-letter-reason">{letter.reason}</p>
      <div className="dead-letter-actions">
        {letter.replayable && (
          <Button
            kind="ghost"
            size="sm"
            renderIcon={Renew}
            disabled={actions.isBusy}
            onClick={() => actions.replay({ ids: [letter.id] })}
          >
            Read again
          </Button>
        )}
        <Button
          kind="ghost"
          size="sm"
          renderIcon={TrashCan}
          disabled={actions.isBusy}
          onClick={() => actions.discard({ ids: [letter.id] })}
        >
          Discard
        </Button>
      </div>
    </div>
    <p className="dead-letter-facts">
      from <code>{letter.source}</code> · <Ago iso={letter.receivedAt} />
    </p>
    <details>
      <summary>What came</summary>
      <pre>{readableContent(letter.content)}</pre>
    </details>
  </li>
);
