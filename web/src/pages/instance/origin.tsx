import { CopyButton } from '@carbon/react';
import type { Instance } from 'throughline/schema';
import { counted } from '../../model/format.ts';
import { flowAddress, searchAddress } from '../addresses.ts';
import { AppLink } from '../app-link.tsx';

const mostTraces = 50;

/** Why this is one instance: which rules, keys and traces hold its events together. */
export function Origin({ instance }: { readonly instance: Instance }) {
  const byVariant = flowAddress(instance.flow, 'instances', { filter: { variant: instance.variant } });
  return (
    <div className="origin">
      <section>
        <h3>Why its events belong together</h3>
        <ul className="plain-list">
          {instance.explanations.map((one) => (
            <li key={one.explanation}>
              {counted(one.events, 'event')}: {one.explanation}
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h3>{counted(instance.traces.length, 'trace')}</h3>
        <ul className="origin-ids">
          {instance.traces.slice(0, mostTraces).map((trace) => (
            <li key={trace}>
              <AppLink href={searchAddress(trace)}>
                <code>{trace}</code>
              </AppLink>
              <CopyButton
                iconDescription="Copy the trace id"
                feedback="Copied"
                align="top"
                onClick={() => void navigator.clipboard?.writeText(trace)}
              />
            </li>
          ))}
        </ul>
        {instance.traces.length > mostTraces && (
          <p>and {instance.traces.length - mostTraces} more: see its events.</p>
        )}
      </section>
      <section>
        <h3>Objects</h3>
        {instance.objects.length === 0 && <p className="is-quiet">None were named.</p>}
        <ul className="origin-ids">
          {instance.objects.map((one) => (
            <li key={`${one.objectType}:${one.object}`}>
              {one.objectType} <code>{one.object}</code>
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h3>Names</h3>
        <ul className="origin-ids">
          <li>
            Instance <code>{instance.instance}</code>
          </li>
          <li>
            Variant <code>{instance.variant}</code> · <AppLink href={byVariant}>others like it</AppLink>
          </li>
          {instance.mergedFrom.map((one) => (
            <li key={one}>
              Merged from <code>{one}</code>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
