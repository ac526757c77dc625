import { lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import type { LiveStream } from '../api/live.ts';
import { DeadLettersPage } from './dead-letters/dead-letters-page.tsx';
import { Loading } from './loading.tsx';
import { NotFound } from './not-found.tsx';
import { OverviewPage } from './overview/overview-page.tsx';
import { SearchPage } from './search/search-page.tsx';
import { Shell } from './shell/shell.tsx';
import { StuckPage } from './stuck/stuck-page.tsx';

const FlowPage = lazy(() => import('./flow/flow-page.tsx'));
const InstancePage = lazy(() => import('./instance/instance-page.tsx'));

/** Every address of the dashboard; the query of each holds the state of its view. */
export function App({ live }: { readonly live: LiveStream }) {
  return (
    <Shell live={live}>
      <Suspense fallback={<Loading label="Loading the page" />}>
        <Switch>
          <Route path="/" component={OverviewPage} />
          <Route path="/stuck" component={StuckPage} />
          <Route path="/search" component={SearchPage} />
          <Route path="/dead-letters" component={DeadLettersPage} />
          <Route path="/flows/:flow">{({ flow }) => <FlowPage flow={decoded(flow)} tab="map" />}</Route>
          <Route path="/flows/:flow/:tab">
            {({ flow, tab }) => <FlowPage flow={decoded(flow)} tab={tab} />}
          </Route>
          <Route path="/instances/:instance">
            {({ instance }) => <InstancePage instance={decoded(instance)} />}
          </Route>
          <Route component={NotFound} />
        </Switch>
      </Suspense>
    </Shell>
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
