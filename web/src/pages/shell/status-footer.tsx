import { PauseFilled, PlayFilledAlt } from '@carbon/react/icons';
import { useQuery } from '@tanstack/react-query';
import { type LiveState, type LiveStream, useLive } from '../../api/live.ts';
import { statusQuery } from '../../api/queries.ts';
import { formatCount, formatDuration } from '../../model/format.ts';
import { deadLettersAddress } from '../addresses.ts';
import { AppLink } from '../app-link.tsx';

const words: Readonly<Record<LiveState, string>> = {
  connecting: 'Connecting',
  connected: 'Live',
  reconnecting: 'Reconnecting',
  paused: 'Paused',
};

/** Whether the figures above can be trusted to be current, at a glance. */
export function StatusFooter({ live }: { readonly live: LiveStream }) {
  const { state, counts } = useLive(live);
  const { data: status } = useQuery(statusQuery());
  const events = state === 'paused' ? status?.events.total : (counts?.events ?? status?.events.total);
  const deadLetters = counts?.deadLetters ?? status?.deadLetters;
  const isPaused = state === 'paused';
  return (
    <footer className="shell-footer">
      <span className={`live is-${state}`} data-testid="live-indicator" data-state={state} role="status">
        <span className="live-dot" aria-hidden="true" />
        {words[state]}
      </span>
      <button
        type="button"
        className="live-button"
        title={isPaused ? 'Update live again' : 'Hold the figures still'}
        aria-label={isPaused ? 'Resume live updates' : 'Pause live updates'}
        onClick={() => (isPaused ? live.start() : live.pause())}
      >
        {isPaused ? <PlayFilledAlt /> : <PauseFilled />}
      </button>
      {events !== undefined && (
        <span>
          <b className="figure" data-testid="event-total">
            {formatCount(events)}
          </b>{' '}
          events
        </span>
      )}
      {status && (
        <>
          <span title={`${formatCount(status.lag.bytes)} bytes are accepted and not yet in the answers`}>
            lag <b className="figure">{formatDuration(status.lag.seconds * 1_000_000)}</b>
          </span>
          <AppLink
            href={deadLettersAddress}
            className={deadLetters ? 'is-noted' : ''}
            title="Input that could not be read; it is kept with its reason"
          >
            <b className="figure">{formatCount(deadLetters ?? 0)}</b> dead{' '}
            {deadLetters === 1 ? 'letter' : 'letters'}
          </AppLink>
          <span className="shell-footer-far">
            {status.store} store · {status.version}
          </span>
        </>
      )}
    </footer>
  );
}
