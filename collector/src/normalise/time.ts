import type { TimeZone } from '../event/time-zone.ts';
import { type CalendarTime, readCalendarTime } from './time-calendar.ts';

/** `us`: epoch microseconds, a safe integer; `ns`: the 0 to 999 nanoseconds that it leaves out. */
export type Instant = { readonly us: number; readonly ns: number };

/** Above these magnitudes a bare number is no longer seconds, milliseconds, microseconds: all three are the year 2262. */
const EPOCH_SECONDS_MAX = 9_223_372_036;
const EPOCH_MS_MAX = EPOCH_SECONDS_MAX * 1e3;
const EPOCH_US_MAX = EPOCH_SECONDS_MAX * 1e6;
const EPOCH_NUMBER = /^(-?)(\d{1,19})(?:\.(\d{1,9})\d*)?$/;
const COMPACT_DATE = /^(?:19|20)\d{6}(?:\d{6})?$/;

/**
 * Reads a point in time as logs write it; `undefined` for anything that is not one (month 13, 1900-02-29, `yesterday`).
 *
 * - ISO 8601 and RFC 3339, `T` or spaces between date and time, `-` or `/` in the date, 1 or 2 digits for month, day, hour;
 *   seconds and their fraction (`.` or `,`, kept to the nanosecond) may be missing, the time of day too;
 * - zone `Z`, `UTC`, `±hh`, `±hhmm`, `±hh:mm`; without one it is a time of `zone`, else UTC;
 * - `yyyyMMdd` and `yyyyMMddHHmmss` of the years 1900 to 2099, also with `T`;
 * - a number since 1970, its unit by magnitude: seconds to 2262 (with a fraction, if any), then milli-, micro-, nanoseconds.
 *
 * Day-first and month-first dates are refused: `03/04/2024` cannot be told apart. The range is that of exact microseconds,
 * 1684 to 2255.
 */
export function parseTime(text: string, zone?: TimeZone): Instant | undefined {
  const first = text.charCodeAt(0);
  const startsWithDigit = first >= 48 && first <= 57;
  // Hot path: the digit after the year tells a calendar date from a number without trying both.
  if (startsWithDigit && isDateSeparator(text.charCodeAt(4)))
    return fromCalendar(readCalendarTime(text, zone));
  const trimmed = text.trim();
  if (trimmed !== text) return parseTime(trimmed, zone);
  if (COMPACT_DATE.test(text) || /^\d{8}T\d{2,6}/.test(text)) {
    const compact = fromCalendar(readCalendarTime(spreadCompact(text), zone));
    if (compact !== undefined) return compact;
  }
  return fromEpoch(text);
}

function isDateSeparator(code: number): boolean {
  return code === 45 || code === 47;
}

/** `20141022T111541+02` → `2014-10-22T11:15:41+02`. */
function spreadCompact(text: string): string {
  const date = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  const rest = text.slice(text.charAt(8) === 'T' ? 9 : 8);
  if (rest === '') return date;
  return `${date}T${rest.replace(/^(\d\d)(\d\d)?(\d\d)?/, (_, ...parts: (string | undefined)[]) =>
    parts
      .slice(0, 3)
      .filter((part) => part !== undefined)
      .join(':'),
  )}`;
}

function fromCalendar(time: CalendarTime | undefined): Instant | undefined {
  if (time === undefined) return undefined;
  const ns = time.nanosecond % 1000;
  return instant(time.epochSecond * 1e6 + (time.nanosecond - ns) / 1000, ns);
}

function fromEpoch(text: string): Instant | undefined {
  const match = EPOCH_NUMBER.exec(text);
  if (match === null) return undefined;
  const whole = match[2] ?? '';
  const fraction = match[3] ?? '';
  const magnitude = Number(whole);
  const exact = BigInt(whole);
  let totalNs: bigint;
  if (magnitude <= EPOCH_SECONDS_MAX) totalNs = exact * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  else if (magnitude <= EPOCH_MS_MAX)
    totalNs = exact * 1_000_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
  else if (magnitude <= EPOCH_US_MAX) totalNs = exact * 1000n + BigInt(fraction.slice(0, 3).padEnd(3, '0'));
  else totalNs = exact;
  const signedNs = match[1] === '-' ? -totalNs : totalNs;
  const ns = Number(((signedNs % 1000n) + 1000n) % 1000n);
  return instant(Number((signedNs - BigInt(ns)) / 1000n), ns);
}

function instant(us: number, ns: number): Instant | undefined {
  return Number.isSafeInteger(us) ? { us, ns } : undefined;
}
