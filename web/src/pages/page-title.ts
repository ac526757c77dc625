import { useEffect } from 'react';

/** Names the browser's tab, so that ten open tabs can be told apart. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'Throughline' : `${title} · Throughline`;
  }, [title]);
}
