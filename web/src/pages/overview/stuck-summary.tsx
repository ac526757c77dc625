import { CheckmarkFilled, WarningAltFilled } from '@carbon/react/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { stuckQuery } from '../../api/queries.ts';
import { counted } from '../../model/format.ts';
import { stuckAddress } from '../addresses.ts';
import { AppLink } from '../app-link.tsx';
import { Loading } from '../loading.tsx';
import { StuckRows } from '../stuck/stuck-rows.tsx';

const shown = 4;

/** How many are stuck, the worst of them, and whose turn it is. */
export function StuckSummary() {
  const { data } = useInfiniteQuery(stuckQuery());
  if (!data) return <Loading label="Loading what is stuck" lines={3} />;
  const total = data.pages[0]?.total ?? 0;
  const items = data.pages.flatMap((page) => page.items).slice(0, shown);
  if (total === 0) {
    return (
      <p className="all-well">
        <CheckmarkFilled size={20} /> Nothing is stuck: every open instance is within its time.
      </p>
    );
  }
  return (
    <section className="stuck-summary" aria-labelledby="stuck-heading">
      <header className="stuck-summary-head">
        <h2 id="stuck-heading">
          <WarningAltFilled size={20} /> {counted(total, 'instance')} {total === 1 ? 'is' : 'are'} stuck
        </h2>
        <AppLink href={stuckAddress}>{total > shown ? `See all ${total}` : 'See details'}</AppLink>
      </header>
      <StuckRows items={items} showFlow brief />
    </section>
  );
}
