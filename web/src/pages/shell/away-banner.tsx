import { InlineNotification } from '@carbon/react';
import { useQuery } from '@tanstack/react-query';
import { ServerAway } from '../../api/client.ts';
import { type LiveStream, useLive } from '../../api/live.ts';
import { statusQuery } from '../../api/queries.ts';

/** The server does not answer, or can not take anything in: what is on screen is old, and the page keeps trying. */
export function AwayBanner({ live }: { readonly live: LiveStream }) {
  const { state } = useLive(live);
  const { data: status, failureReason } = useQuery(statusQuery());
  if (failureReason instanceof ServerAway) {
    return (
      <Banner
        kind="warning"
        title="The server does not answer."
        subtitle={`Trying again${status || state === 'reconnecting' ? '; what you see is the last answer' : ''}.`}
      />
    );
  }
  if (status?.intake.state !== 'failed') return null;
  return (
    <Banner
      kind="error"
      title="Nothing can be taken in:"
      subtitle={`${status.intake.reason}. Senders are told to try again; restart the server once the cause is gone.`}
    />
  );
}

type BannerProps = { readonly kind: 'warning' | 'error'; readonly title: string; readonly subtitle: string };

const Banner = (props: BannerProps) => (
  <div className="shell-banner">
    <InlineNotification lowContrast hideCloseButton {...props} />
  </div>
);
