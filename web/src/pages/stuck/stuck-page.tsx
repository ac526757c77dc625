import { usePageTitle } from '../page-title.ts';
import { StuckBrowser } from './stuck-browser.tsx';

/** The page for three in the morning: what is stuck, why, and whose turn it is. */
export function StuckPage() {
  usePageTitle('Stuck');
  return (
    <div className="page">
      <h1>Stuck</h1>
      <StuckBrowser />
    </div>
  );
}
