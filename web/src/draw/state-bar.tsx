import type { StateCounts } from 'throughline/schema';
import { instanceStates } from '../model/filters.ts';
import { formatCount } from '../model/format.ts';

/** How the instances of a flow divide into states, as one bar; the figures stand beside it, not only in it. */
export function StateBar({ counts }: { readonly counts: StateCounts }) {
  const present = instanceStates.filter((state) => counts[state] > 0);
  const label = present.map((state) => `${formatCount(counts[state])} ${state}`).join(', ');
  return (
    <div className="state-bar" role="img" aria-label={label || 'no instances'}>
      {present.map((state) => (
        <span
          key={state}
          className={`state-bar-part is-${state}`}
          style={{ flexGrow: counts[state] }}
          title={`${formatCount(counts[state])} ${state}`}
        />
      ))}
    </div>
  );
}
