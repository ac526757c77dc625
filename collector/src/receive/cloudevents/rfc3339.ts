/** Epoch microseconds, and the 0 to 999 nanoseconds that they leave out. */
export type Instant = { readonly us: number; readonly ns: number };

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const DATE_LENGTH = 10;

/** The last date that was read, since events of one day come together, and its midnight in epoch seconds. */
let lastDate = '';
let lastMidnightS: number | undefined;

/**
 * A timestamp of RFC 3339, kept to the nanosecond. The second 60 of a leap second is the one after it, as clocks of computers count.
 *
 * @returns undefined when it is no such timestamp, or outside of exact microseconds (the years 1684 to 2255).
 */
export function readRfc3339(text: string): Instant | undefined {
  const date = text.slice(0, DATE_LENGTH);
  if (date !== lastDate) {
    lastMidnightS = midnightOf(date);
    lastDate = date;
  }
  const match = lastMidnightS === undefined ? null : TIME.exec(text.slice(DATE_LENGTH));
  if (lastMidnightS === undefined || match === null) return undefined;
  const [, hour, minute, second, fraction = '', sign, offsetHour = '0', offsetMinute = '0'] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined;
  const offsetMinutes = Number(offsetHour) * 60 + Number(offsetMinute);
  const localS = lastMidnightS + (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
  const epochS = localS - (sign === '-' ? -offsetMinutes : offsetMinutes) * 60;
  const nanos = fraction === '' ? 0 : Number(fraction.slice(0, 9).padEnd(9, '0'));
  const us = epochS * 1_000_000 + Math.floor(nanos / 1000);
  return Number.isSafeInteger(us) ? { us, ns: nanos % 1000 } : undefined;
}

function midnightOf(date: string): number | undefined {
  const match = DATE.exec(date);
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  // Date.UTC takes the years 0 to 99 for those of the last century; exact microseconds begin later anyway.
  if (year < 100 || month < 1) return undefined;
  const midnight = new Date(Date.UTC(year, month - 1, day));
  return midnight.getUTCMonth() === month - 1 ? midnight.getTime() / 1000 : undefined;
}
