import { Button } from '@carbon/react';
import { CheckmarkFilled } from '@carbon/react/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { DeadLetterPage } from 'throughline/schema';
import { deadLettersQuery } from '../../api/queries.ts';
import { counted, formatCount } from '../../model/format.ts';
import { readableContent } from '../../model/readable-content.ts';
import { Ago } from '../figures.tsx';
import { Loading } from '../loading.tsx';
import { usePageTitle } from '../page-title.ts';
import { ProblemNote } from '../problem.tsx';

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
      <ul className="dead-letters" data-testid="dead-letters">
        {items.map((letter) => (
          <Letter key={letter.id} letter={letter} />
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

const Letter = ({ letter }: { readonly letter: DeadLetterPage['items'][number] }) => (
  <li className="dead-letter">
    <p className="dead-letter-reason">{letter.reason}</p>
    <p className="dead-letter-facts">
      from <code>{letter.source}</code> · <Ago iso={letter.receivedAt} />
    </p>
    <details>
      <summary>What came</summary>
      <pre>{readableContent(letter.content)}</pre>
    </details>
  </li>
);
