import { useLocation } from 'wouter';
import { AppLink } from './app-link.tsx';
import { usePageTitle } from './page-title.ts';

export function NotFound() {
  const [path] = useLocation();
  usePageTitle('Not found');
  return (
    <section className="page">
      <h1>There is no such page</h1>
      <p className="page-lead">
        <code>{path}</code> is not an address of this dashboard. It may have been cut off when it was copied.
      </p>
      <p>
        <AppLink href="/">All flows</AppLink> · <AppLink href="/stuck">What is stuck</AppLink> ·{' '}
        <AppLink href="/search">Search for a business key</AppLink>
      </p>
    </section>
  );
}
