import type { StuckItem } from 'throughline/schema';
import { exactDuration, formatDuration, formatShare, formatTime } from '../../model/format.ts';
import { flowAddress, instanceAddress } from '../addresses.ts';
import { AppLink, useFollow } from '../app-link.tsx';
import { Ago } from '../figures.tsx';
import { KeyList } from '../key-list.tsx';

type RowsProps = {
  readonly items: readonly StuckItem[];
  readonly showFlow?: boolean;
  readonly brief?: boolean;
};

/** Stuck instances as sentences in columns: how long over time, which one, after what, for what, and whose turn. */
export function StuckRows({ items, showFlow = false, brief = false }: RowsProps) {
  return (
    <div
      className={`stuck-table${brief ? ' is-brief' : ''}`}
      role="table"
      aria-label="Stuck instances"
      data-testid="stuck-list"
    >
      <div className="stuck-head" role="row">
        <span role="columnheader">Overdue by</span>
        <span role="columnheader">Instance</span>
        <span role="columnheader">Stuck after</span>
        <span role="columnheader">Waits for</span>
        <span role="columnheader">Whose turn</span>
        {!brief && <span role="columnheader">What is known</span>}
      </div>
      {items.map((item) => (
        <StuckRow key={item.instance} item={item} showFlow={showFlow} brief={brief} />
      ))}
    </div>
  );
}

function StuckRow({
  item,
  showFlow,
  brief,
}: {
  readonly item: StuckItem;
  readonly showFlow: boolean;
  readonly brief: boolean;
}) {
  const follow = useFollow();
  const address = instanceAddress(item.instance);
  return (
    <div
      className="stuck-row"
      role="row"
      data-testid="stuck-row"
      data-instance={item.instance}
      onClick={(event) => {
        if (!(event.target as Element).closest('a')) follow(event, address);
      }}
    >
      <span
        role="cell"
        className="stuck-overdue"
        title={`due ${formatTime(item.dueAt)}; overdue by ${exactDuration(item.overdueUs)}`}
      >
        {formatDuration(item.overdueUs)}
      </span>
      <span role="cell" className="stuck-instance">
        <AppLink href={address}>
          {item.keys.length > 0 ? <KeyList keys={item.keys} most={2} /> : <code>{item.instance}</code>}
        </AppLink>
        {showFlow && (
          <AppLink className="is-quiet" href={flowAddress(item.flow, 'stuck')}>
            {item.flow}
          </AppLink>
        )}
      </span>
      <span role="cell" className="stuck-after" data-label="Stuck after">
        <b>{item.after.activity}</b>
        <small>
          {item.after.service && <>by {item.after.service}, </>}
          <Ago iso={item.after.at} />
        </small>
      </span>
      <span role="cell" className="stuck-waits" data-label="Waits for" data-testid="stuck-waits-for">
        <b>{item.expected[0]?.activity ?? 'a next step'}</b>
        <Others item={item} />
        {item.waitsFor.length > 0 && <small>engine waits for {item.waitsFor.join(', ')}</small>}
      </span>
      <span role="cell" className="stuck-turn-cell" data-label="Whose turn" data-testid="stuck-turn">
        <Turns item={item} />
      </span>
      {!brief && (
        <span role="cell" className="stuck-known" data-label="What is known">
          <Known item={item} />
        </span>
      )}
    </div>
  );
}

/** Steps that could come instead of the likeliest; the same step of another service is not another step. */
export function othersOf(item: StuckItem): string[] {
  const names = new Set(item.expected.map((one) => one.activity));
  return [...names].slice(1);
}

function Others({ item }: { readonly item: StuckItem }) {
  const others = othersOf(item);
  return others.length > 0 ? <small>or {others.join(', or ')}</small> : null;
}

/** The services that did the expected steps before, the likeliest first. */
export function Turns({ item }: { readonly item: StuckItem }) {
  const shares = new Map<string, number>();
  for (const { service, share } of item.expected) {
    if (service !== '') shares.set(service, Math.min(1, (shares.get(service) ?? 0) + share));
  }
  if (shares.size === 0) return <span className="turn is-unknown">nobody has done it yet</span>;
  return [...shares].map(([service, share]) => (
    <span
      className="turn"
      key={service}
      title={`${service} did the expected steps in ${formatShare(share)} of the cases before`}
    >
      {service}
      {shares.size > 1 && <small> {formatShare(share)}</small>}
    </span>
  ));
}

function Known({ item }: { readonly item: StuckItem }) {
  return (
    <>
      {item.lastError ? (
        <span
          className="known-error"
          title={`${item.lastError.type} in ${item.lastError.service}, ${formatTime(item.lastError.at)}`}
        >
          <b>{item.lastError.type || 'Error'}</b> {item.lastError.message}
        </span>
      ) : (
        <span className="is-quiet">No error seen: it is simply silent</span>
      )}
      <small>{basisOf(item)}</small>
    </>
  );
}

/** Why the server calls it overdue, in a sentence. */
export function basisOf(item: StuckItem): string {
  const source = item.basis === 'declared' ? 'Declared time is over' : 'Time learned from history is over';
  if (item.percentile === null) return `${source}; no history to compare with`;
  const share = item.percentile >= 99.95 ? 'all' : `${item.percentile.toFixed(1).replace('.0', '')} % of`;
  return `${source}; longer than ${share} earlier waits`;
}
