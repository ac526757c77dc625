import { Link as CarbonLink } from '@carbon/react';
import type { ComponentProps, MouseEvent } from 'react';
import { useLocation } from 'wouter';

type AppLinkProps = Omit<ComponentProps<typeof CarbonLink>, 'href'> & { readonly href: string };

/** A Carbon link to a page of the dashboard: a real address, followed without loading the page again. */
export function AppLink({ href, onClick, ...rest }: AppLinkProps) {
  const follow = useFollow();
  return (
    <CarbonLink
      {...rest}
      href={href}
      onClick={(event: MouseEvent<HTMLAnchorElement>) => follow(event, href)}
    />
  );
}

/** Follows a link inside the dashboard, unless the person asked for a new tab or window. */
export function useFollow(): (event: MouseEvent, href: string) => void {
  const [, navigate] = useLocation();
  return (event, href) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
    window.scrollTo(0, 0);
  };
}
