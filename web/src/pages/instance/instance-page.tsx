import { Breadcrumb, BreadcrumbItem, Tab, TabList, TabPanel, TabPanels, Tabs } from '@carbon/react';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import { instanceQuery } from '../../api/queries.ts';
import { formatCount } from '../../model/format.ts';
import { flowAddress } from '../addresses.ts';
import { AppLink } from '../app-link.tsx';
import { Loading } from '../loading.tsx';
import { usePageTitle } from '../page-title.ts';
import { ProblemNote } from '../problem.tsx';
import { EventRows } from './event-rows.tsx';
import { InstanceHead } from './instance-head.tsx';
import { Origin } from './origin.tsx';
import { StepRows } from './step-rows.tsx';
import { TimelineView } from './timeline-view.tsx';

const parts = ['steps', 'events', 'origin'] as const;

/** One instance: how it stands, what happened when and where, and why each event belongs to it. */
export default function InstancePage({ instance: id }: { readonly instance: string }) {
  const { data: instance, error, refetch } = useQuery(instanceQuery(id));
  const [query, setQuery] = useSearchParams();
  const key = instance?.keys[0];
  usePageTitle(key ? `${key.keyType}:${key.value}` : id);
  if (error && !instance) return <UnknownInstance error={error} retry={refetch} />;
  if (!instance)
    return (
      <div className="page">
        <Loading label="Loading the instance" block />
      </div>
    );
  const change = (name: string, value: string | null) =>
    setQuery(
      (before) => {
        const after = new URLSearchParams(before);
        if (value === null) after.delete(name);
        else after.set(name, value);
        return after;
      },
      { replace: true },
    );
  const step = query.get('step');
  const selected = step !== null && /^\d+$/.test(step) ? Number(step) : null;
  const select = (chosen: number | null) => change('step', chosen === null ? null : String(chosen));
  const shown = Math.max(0, parts.indexOf(query.get('show') as (typeof parts)[number]));
  const part = parts[shown];
  return (
    <div className="page instance-page">
      <Breadcrumb noTrailingSlash>
        <BreadcrumbItem>
          <AppLink href="/">Flows</AppLink>
        </BreadcrumbItem>
        <BreadcrumbItem>
          <AppLink href={flowAddress(instance.flow, 'instances')}>{instance.flow}</AppLink>
        </BreadcrumbItem>
      </Breadcrumb>
      <InstanceHead instance={instance} />
      <TimelineView instance={instance} selected={selected} onSelect={select} />
      <Tabs
        selectedIndex={shown}
        onChange={({ selectedIndex }) => change('show', parts[selectedIndex] ?? null)}
      >
        <TabList aria-label="Parts of the instance" className="flow-tabs">
          <Tab>Steps ({formatCount(instance.steps.length)})</Tab>
          <Tab>Events ({formatCount(instance.eventsTotal)})</Tab>
          <Tab>Origin</Tab>
        </TabList>
        <TabPanels>
          <TabPanel>
            {part === 'steps' && <StepRows instance={instance} selected={selected} onSelect={select} />}
          </TabPanel>
          <TabPanel>{part === 'events' && <EventRows instance={instance} />}</TabPanel>
          <TabPanel>{part === 'origin' && <Origin instance={instance} />}</TabPanel>
        </TabPanels>
      </Tabs>
    </div>
  );
}

const UnknownInstance = ({ error, retry }: { readonly error: Error; readonly retry: () => void }) => (
  <div className="page">
    <h1>This instance can not be shown</h1>
    <ProblemNote error={error} retry={retry} />
    <p>
      Know its business key? <AppLink href="/search">Search for it</AppLink>.
    </p>
  </div>
);
