import { useQuery } from '@tanstack/react-query';
import type { SearchResult } from 'throughline/schema';
import { useSearchParams } from 'wouter';
import { searchQuery } from '../../api/queries.ts';
import { counted } from '../../model/format.ts';
import { flowAddress, instanceAddress } from '../addresses.ts';
import { AppLink } from '../app-link.tsx';
import { Duration, Time } from '../figures.tsx';
import { KeyList } from '../key-list.tsx';
import { Loading } from '../loading.tsx';
import { usePageTitle } from '../page-title.ts';
import { ProblemNote } from '../problem.tsx';
import { SearchBox } from '../shell/search-box.tsx';
import { StateTag } from '../state-tag.tsx';

/** Finds instances by anything that names them. */
export function SearchPage() {
  const [query] = useSearchParams();
  const text = query.get('key') ?? '';
  usePageTitle(text === '' ? 'Search' : `${text} · Search`);
  const { data, error, isLoading, refetch } = useQuery(searchQuery(text));
  return (
    <div className="page">
      <h1>Search</h1>
      <SearchBox className="search-page-box" label="Search" />
      <p className="page-lead">
        A business key as <code>order:42</code>, a trace id, an event id, or the id of an instance.
      </p>
      {isLoading && <Loading label="Searching" lines={4} />}
      {error && !data && <ProblemNote error={error} retry={refetch} />}
      {data && data.items.length === 0 && <NothingFound text={text} />}
      {data && data.items.length > 0 && (
        <>
          <h2>{counted(data.items.length, 'instance')}</h2>
          <ul className="search-results">
            {data.items.map((item) => (
              <Result key={item.instance} item={item} />
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

const Result = ({ item }: { readonly item: SearchResult['items'][number] }) => (
  <li className="search-result">
    <AppLink href={instanceAddress(item.instance)}>
      {item.keys.length > 0 ? <KeyList keys={item.keys} /> : <code>{item.instance}</code>}
    </AppLink>
    <StateTag state={item.state} />
    <span className="search-result-facts">
      <AppLink href={flowAddress(item.flow)}>{item.flow}</AppLink> · {counted(item.activities, 'step')} ·
      started <Time iso={item.startedAt} /> · took <Duration us={item.durationUs} /> · last:{' '}
      {item.lastActivity} · found by its {item.matched}
    </span>
  </li>
);

const NothingFound = ({ text }: { readonly text: string }) => (
  <div className="empty">
    <h2>Nothing has “{text}”</h2>
    <p>Things to try:</p>
    <ul className="plain-list">
      <li>
        name the key type: <code>order:42</code> rather than <code>42</code>
      </li>
      <li>
        take the whole trace id (32 hexadecimal digits) or the event id as it is shown on an instance’s page
      </li>
      <li>
        wait a few seconds, if it has only just happened: the footer shows how far the server lags behind
      </li>
    </ul>
  </div>
);
