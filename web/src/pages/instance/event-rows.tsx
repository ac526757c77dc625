import type { Instance, TimelineEvent } from 'throughline/schema';
import { formatCount } from '../../model/format.ts';
import { searchAddress } from '../addresses.ts';
import { AppLink } from '../app-link.tsx';
import { Duration, Time } from '../figures.tsx';
import { VirtualRows } from '../virtual-rows.tsx';

const columns = ['At', 'Event', 'Service', 'Lasted', 'Why it is here'];
const roles = { published: 'published', consumed: 'consumed', recorded: 'in the topic', '': '' } as const;

/** Every event as it was received, with the reason why it belongs to this instance. */
export function EventRows({ instance }: { readonly instance: Instance }) {
  return (
    <>
      {instance.eventsTotal > instance.events.length && (
        <p className="tab-note">
          The first {formatCount(instance.events.length)} of {formatCount(instance.eventsTotal)} events are
          listed.
        </p>
      )}
      <VirtualRows
        label="Events"
        className="event-rows"
        columns={columns}
        items={instance.events}
        rowHeight={45}
        render={(event, index) => <EventRow event={event} index={index} />}
      />
    </>
  );
}

function EventRow({ event, index }: { readonly event: TimelineEvent; readonly index: number }) {
  const attributes = Object.entries(event.attributes);
  return (
    <div className="rows-row" role="row" aria-rowindex={index + 2}>
      <span role="cell">
        <Time iso={event.at} />
      </span>
      <span role="cell">
        {event.type}{' '}
        <small>{[event.kind, roles[event.role], event.source].filter((one) => one !== '').join(' · ')}</small>
        {event.error && (
          <span className="known-error">
            <b>{event.error.type || 'Error'}</b> {event.error.message}
          </span>
        )}
      </span>
      <span role="cell">{event.service || '–'}</span>
      <span role="cell">
        <Duration us={event.durationUs} />
      </span>
      <span role="cell">
        {event.explanation}
        <details className="event-more">
          <summary>Ids and {attributes.length} attributes</summary>
          <dl>
            <Entry name="event" value={event.event} />
            {event.traceId && (
              <Entry name="trace" value={event.traceId}>
                <AppLink href={searchAddress(event.traceId)}>find all of this trace</AppLink>
              </Entry>
            )}
            {event.spanId && <Entry name="span" value={event.spanId} />}
            {event.parentSpanId && <Entry name="parent span" value={event.parentSpanId} />}
            {attributes.map(([name, value]) => (
              <Entry key={name} name={name} value={String(value)} />
            ))}
          </dl>
        </details>
      </span>
    </div>
  );
}

type EntryProps = React.PropsWithChildren<{ readonly name: string; readonly value: string }>;
const Entry = ({ name, value, children }: EntryProps) => (
  <div>
    <dt>{name}</dt>
    <dd>
      <code>{value}</code> {children}
    </dd>
  </div>
);
