/** Epoch microseconds, and the 0 to 999 nanoseconds that they leave out. */
export type Instant = { readonly us: number; readonly ns: number };

const PATTERN = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * A timestamp of RFC 3339, kept to the nanosecond. The second 60 of a leap second is the one after it, as clocks of computers count.
 *
 * @returns undefined when it is no such timestamp, or outside of exact microseconds (the years 1684 to 2255).
 */
export function readRfc3339(text: string): Instant | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour, offsetMinute] = match;
  const days = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const exists = new Date(days).getUTCMonth() === Number(month) - 1 && Number(month) > 0;
  if (!exists || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const offsetMinutes = sign === undefined ? 0 : Number(offsetHour) * 60 + Number(offsetMinute);
  if (Number(offsetHour ?? 0) > 23 || Number(offsetMinute ?? 0) > 59) return undefined;
  const localS = days / 1000 + (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
  const epochS = localS - (sign === '-' ? -offsetMinutes : offsetMinutes) * 60;
  const nanos = Number(fraction.slice(0, 9).padEnd(9, '0'));
  const us = epochS * 1_000_000 + Math.floor(nanos / 1000);
  // Date.UTC takes the years 0 to 99 for those of the last century.
  return Number.isSafeInteger(us) && Number(year) > 99 ? { us, ns: nanos % 1000 } : undefined;
}
