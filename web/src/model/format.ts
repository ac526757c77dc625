/** What figures, durations and times look like to a person. Durations are integer microseconds throughout. */

const second = 1_000_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** `1,204,331` */
export const formatCount = (count: number): string => grouped.format(count);

/** `1,204` up to 9,999, then `12.3K`: for places with a fixed width; give the exact figure in a title. */
export const formatShortCount = (count: number): string =>
  Math.abs(count) < 10_000 ? grouped.format(count) : short.format(count);

/** A share from 0 to 1 as `86 %`; below one per cent with a decimal, and never a false `0 %` or `100 %`. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent <= 0) return '0 %';
  if (percent < 0.1) return '< 0.1 %';
  if (percent > 99 && percent < 100) return '> 99 %';
  return percent < 1 ? `${percent.toFixed(1)} %` : `${Math.round(percent)} %`;
}

/** At most two units, as one says it: `3 min 12 s`, `420 ms`, `12 d 4 h`. */
export function formatDuration(us: number): string {
  const size = Math.abs(us);
  const sign = us < 0 ? '−' : '';
  if (size === 0) return '0 s';
  if (size < 1_000) return `${sign}${Math.round(size)} µs`;
  if (size < 10_000) return `${sign}${(size / 1_000).toFixed(1).replace('.0', '')} ms`;
  if (size < 999_500) return `${sign}${Math.round(size / 1_000)} ms`;
  if (size < 9_950_000) return `${sign}${(size / second).toFixed(1).replace('.0', '')} s`;
  if (size < 59.5 * second) return `${sign}${Math.round(size / second)} s`;
  if (size < hour - second / 2) return sign + twoUnits(Math.round(size / second), 60, 'min', 's');
  if (size < day - minute / 2) return sign + twoUnits(Math.round(size / minute), 60, 'h', 'min');
  if (size < year) return sign + twoUnits(Math.round(size / hour), 24, 'd', 'h');
  return sign + twoUnits(Math.round(size / day), 365, 'y', 'd');
}

function twoUnits(small: number, per: number, large: string, rest: string): string {
  const remainder = small % per;
  const whole = `${grouped.format(Math.floor(small / per))} ${large}`;
  return remainder === 0 ? whole : `${whole} ${remainder} ${rest}`;
}

/** One unit only, for labels on the map: `3.2 min`, `5 h`. */
export function formatShortDuration(us: number): string {
  const size = Math.abs(us);
  const units = [
    [year, 'y'],
    [day, 'd'],
    [hour, 'h'],
    [minute, 'min'],
    [second, 's'],
    [1_000, 'ms'],
  ] as const;
  for (const [unit, name] of units) {
    if (size < unit * 0.9995) continue;
    const value = us / unit;
    return `${Math.abs(value) < 9.95 ? value.toFixed(1).replace('.0', '') : grouped.format(value)} ${name}`;
  }
  return size === 0 ? '0 s' : `${Math.round(us)} µs`;
}

/** The exact duration, for a title: `192.345678 s`. */
export const exactDuration = (us: number): string =>
  `${(us / second).toLocaleString('en', { maximumFractionDigits: 6 })} s`;

const two = (value: number): string => String(value).padStart(2, '0');

/** Local time, sortable by eye: `2026-11-25 03:30:12`. */
export function formatTime(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  return `${formatDay(at)} ${formatClock(at)}`;
}

export const formatDay = (at: Date): string =>
  `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
export const formatClock = (at: Date): string =>
  `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;

/** How long ago: `4 min ago`, `just now`. */
export function formatAgo(iso: string, nowMs: number): string {
  const us = (nowMs - Date.parse(iso)) * 1_000;
  if (Number.isNaN(us)) return iso;
  if (us < 5 * second) return us < -minute ? `in ${formatLong(-us)}` : 'just now';
  return `${formatLong(us)} ago`;
}

/** A whole number of one unit: `4 min`, `3 h`, `12 d`. */
export function formatLong(us: number): string {
  if (us < minute) return `${Math.round(us / second)} s`;
  if (us < hour) return `${Math.floor(us / minute)} min`;
  if (us < day) return twoUnits(Math.floor(us / minute), 60, 'h', 'min');
  if (us < year) return twoUnits(Math.floor(us / hour), 24, 'd', 'h');
  return twoUnits(Math.floor(us / day), 365, 'y', 'd');
}

/** Microseconds since 1970 of an ISO time with up to six decimals. */
export function microsecondsOf(iso: string): number {
  const fraction = /\.(\d{1,6})/.exec(iso)?.[1] ?? '';
  return Math.floor(Date.parse(iso) / 1_000) * second + Number(fraction.padEnd(6, '0'));
}

/** `1 instance`, `2 instances`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;
