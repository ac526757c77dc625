import { Breadcrumb, BreadcrumbItem, Tab, TabList, TabPanel, TabPanels, Tabs } from '@carbon/react';
import { useQuery } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { chainQuery, flowsQuery } from '../../api/queries.ts';
import { counted } from '../../model/format.ts';
import { flowAddress } from '../addresses.ts';
import { AppLink } from '../app-link.tsx';
import { NotFound } from '../not-found.tsx';
import { usePageTitle } from '../page-title.ts';
import { ProblemNote } from '../problem.tsx';
import { StuckBrowser } from '../stuck/stuck-browser.tsx';
import { FilterBar } from './filter-bar.tsx';
import { FlowFigures } from './flow-figures.tsx';
import { InstancesTab } from './instances-tab.tsx';
import { MapTab } from './map-tab.tsx';
import { useFlowView } from './use-flow-view.ts';
import { VariantsTab } from './variants-tab.tsx';

const tabs = ['map', 'instances', 'variants', 'stuck'] as const;
const labels = { map: 'Map', instances: 'Instances', variants: 'Variants', stuck: 'Stuck' } as const;

/** One flow, seen as a map, as instances, as variants and as what is stuck, all under one filter. */
export default function FlowPage({ flow, tab }: { readonly flow: string; readonly tab: string }) {
  const [, navigate] = useLocation();
  const state = useFlowView();
  const { view } = state;
  const flows = useQuery(flowsQuery());
  const chain = useQuery(chainQuery(flow, view.filter, view.view));
  const summary = flows.data?.items.find((one) => one.flow === flow);
  const current = tabs.indexOf(tab as (typeof tabs)[number]);
  usePageTitle(`${summary?.name ?? flow}${tab === 'map' ? '' : ` · ${tab}`}`);
  if (current < 0) return <NotFound />;
  const unknown = flows.data && !summary && chain.error;
  if (unknown) return <UnknownFlow flow={flow} error={chain.error} />;
  return (
    <div className="page flow-page">
      <Breadcrumb noTrailingSlash>
        <BreadcrumbItem>
          <AppLink href="/">Flows</AppLink>
        </BreadcrumbItem>
      </Breadcrumb>
      <div className="flow-head">
        <h1>{summary?.name ?? flow}</h1>
        <FlowFigures summary={summary} state={state} chain={chain.data} />
      </div>
      <FilterBar state={state} chain={chain.data} total={summary?.instances.total} />
      <Tabs
        selectedIndex={current}
        onChange={({ selectedIndex }) => navigate(flowAddress(flow, tabs[selectedIndex], view))}
      >
        <TabList aria-label="Ways to see the flow" className="flow-tabs">
          {tabs.map((one) => (
            <Tab key={one}>
              {labels[one]}
              {one === 'stuck' && summary && summary.instances.stuck > 0 && (
                <span className="tab-count" title={`${counted(summary.instances.stuck, 'instance')} stuck`}>
                  {summary.instances.stuck}
                </span>
              )}
            </Tab>
          ))}
        </TabList>
        <TabPanels>
          <TabPanel>{tab === 'map' && <MapTab flow={flow} state={state} chain={chain} />}</TabPanel>
          <TabPanel>{tab === 'instances' && <InstancesTab flow={flow} filter={view.filter} />}</TabPanel>
          <TabPanel>{tab === 'variants' && <VariantsTab flow={flow} state={state} />}</TabPanel>
          <TabPanel>{tab === 'stuck' && <StuckBrowser flow={flow} filter={view.filter} />}</TabPanel>
        </TabPanels>
      </Tabs>
    </div>
  );
}

const UnknownFlow = ({ flow, error }: { readonly flow: string; readonly error: Error }) => (
  <div className="page">
    <h1>There is no flow “{flow}”</h1>
    <ProblemNote error={error} />
  </div>
);
