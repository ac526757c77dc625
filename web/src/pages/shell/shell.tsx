import {
  Header,
  HeaderContainer,
  HeaderGlobalAction,
  HeaderGlobalBar,
  HeaderMenuButton,
  HeaderMenuItem,
  HeaderName,
  HeaderNavigation,
  HeaderSideNavItems,
  SideNav,
  SideNavItems,
  SkipToContent,
} from '@carbon/react';
import { Asleep, Light, Search } from '@carbon/react/icons';
import { useQuery } from '@tanstack/react-query';
import { type PropsWithChildren, useEffect } from 'react';
import { useLocation } from 'wouter';
import { type LiveStream, useLive } from '../../api/live.ts';
import { statusQuery } from '../../api/queries.ts';
import { useStable } from '../../draw/use-stable.ts';
import { formatShortCount } from '../../model/format.ts';
import { useFollow } from '../app-link.tsx';
import { AwayBanner } from './away-banner.tsx';
import { SearchBox } from './search-box.tsx';
import { StatusFooter } from './status-footer.tsx';
import { chooseTheme, useTheme } from './theme.ts';

type ShellProps = PropsWithChildren<{ readonly live: LiveStream }>;
type MenuState = { readonly isSideNavExpanded: boolean; readonly onClickSideNavExpand: () => void };

/** What surrounds every page: navigation, search, theme, and how the server is doing. */
export function Shell({ live, children }: ShellProps) {
  return (
    <>
      <HeaderContainer render={(menu: MenuState) => <TopBar live={live} {...menu} />} />
      <AwayBanner live={live} />
      <main id="main-content" className="shell-main" tabIndex={-1}>
        {children}
      </main>
      <StatusFooter live={live} />
    </>
  );
}

function TopBar({
  live,
  isSideNavExpanded,
  onClickSideNavExpand,
}: MenuState & { readonly live: LiveStream }) {
  const theme = useTheme();
  const follow = useFollow();
  const [path] = useLocation();
  const close = useStable(() => {
    if (isSideNavExpanded) onClickSideNavExpand();
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: going to another page is what closes the menu
  useEffect(close, [path]);
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <Header aria-label="Throughline" className="shell-header">
      <SkipToContent />
      <HeaderMenuButton
        aria-label={isSideNavExpanded ? 'Close menu' : 'Open menu'}
        onClick={onClickSideNavExpand}
        isActive={isSideNavExpanded}
      />
      <HeaderName href="/" prefix="" onClick={(event) => follow(event, '/')}>
        <Logo /> Throughline
      </HeaderName>
      <HeaderNavigation aria-label="Pages">
        <Pages live={live} />
      </HeaderNavigation>
      <HeaderGlobalBar>
        <SearchBox className="shell-search" label="Search from anywhere" />
        <HeaderGlobalAction
          aria-label="Search"
          className="shell-search-action"
          onClick={(event?: React.MouseEvent) => event && follow(event, '/search')}
        >
          <Search size={20} />
        </HeaderGlobalAction>
        <HeaderGlobalAction
          aria-label={`Use the ${other} theme`}
          tooltipAlignment="end"
          onClick={() => chooseTheme(other)}
        >
          {theme === 'dark' ? <Light size={20} /> : <Asleep size={20} />}
        </HeaderGlobalAction>
      </HeaderGlobalBar>
      <SideNav
        aria-label="Menu"
        expanded={isSideNavExpanded}
        isPersistent={false}
        onOverlayClick={onClickSideNavExpand}
        onSideNavBlur={onClickSideNavExpand}
      >
        <SideNavItems>
          <HeaderSideNavItems>
            <Pages live={live} />
          </HeaderSideNavItems>
        </SideNavItems>
      </SideNav>
    </Header>
  );
}

function Pages({ live }: { readonly live: LiveStream }) {
  const [path] = useLocation();
  const follow = useFollow();
  const { counts } = useLive(live);
  const { data: status } = useQuery(statusQuery());
  const stuck = counts?.stuck ?? status?.instances.stuck ?? 0;
  const pages = [
    {
      href: '/',
      label: 'Flows',
      isActive: path === '/' || path.startsWith('/flows/') || path.startsWith('/instances/'),
    },
    { href: '/stuck', label: 'Stuck', isActive: path === '/stuck' },
    { href: '/search', label: 'Search', isActive: path === '/search' },
  ];
  return pages.map(({ href, label, isActive }) => (
    <HeaderMenuItem
      key={href}
      href={href}
      isActive={isActive}
      {...(isActive ? { 'aria-current': 'page' as const } : {})}
      onClick={(event: React.MouseEvent) => follow(event, href)}
    >
      {label}
      {href === '/stuck' && stuck > 0 && (
        <span className="shell-count" title={`${stuck} instances are stuck`}>
          {formatShortCount(stuck)}
        </span>
      )}
    </HeaderMenuItem>
  ));
}

const Logo = () => (
  <svg className="shell-logo" viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
    <path d="M4 16h8c4 0 3-8 7-8h9M12 16c4 0 3 8 7 8h9" fill="none" stroke="currentColor" strokeWidth="2.6" />
    <circle cx="6" cy="16" r="4" />
    <circle cx="26" cy="8" r="4" />
    <circle cx="26" cy="24" r="4" />
  </svg>
);
