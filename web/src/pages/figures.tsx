import { useEffect, useState } from 'react';
import { exactDuration, formatAgo, formatCount, formatDuration, formatTime } from '../model/format.ts';

/** Figures as a person reads them; what was rounded away is in the title. */
export const Count = ({ value }: { readonly value: number }) => (
  <span className="figure">{formatCount(value)}</span>
);

export const Duration = ({ us }: { readonly us: number }) => (
  <span className="figure" title={exactDuration(us)}>
    {formatDuration(us)}
  </span>
);

export const Time = ({ iso }: { readonly iso: string }) => (
  <time className="figure" dateTime={iso} title={`${iso} (UTC)`}>
    {formatTime(iso)}
  </time>
);

/** `4 min ago`, renewed while it is on screen. */
export function Ago({ iso }: { readonly iso: string }) {
  const now = useNow(10_000);
  return (
    <time className="figure" dateTime={iso} title={`${formatTime(iso)} local, ${iso} UTC`}>
      {formatAgo(iso, now)}
    </time>
  );
}

export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
