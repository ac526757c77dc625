import type { TimeZone } from '../event/time-zone.ts';

/** `epochSecond` is an integer, `nanosecond` 0 to 999,999,999 after it. */
export type CalendarTime = { readonly epochSecond: number; readonly nanosecond: number };

const DAY_SECONDS = 86_400;
const ZERO = 48;
const FRACTION_DIGITS_MAX = 9;

/** Where the reader stands; module state rather than an object a call, since this runs once for every imported row. */
let at = 0;

/**
 * `yyyy-MM-dd`, also with `/`, then optionally `T` or spaces and `HH:mm[:ss[.fraction]]`, then optionally a zone; `undefined`
 * when the text is anything else or names a day or an hour that does not exist. Without a zone it is one of `zone`, else UTC. No regular expression: this is the hot loop
 * of an import.
 */
export function readCalendarTime(text: string, zone: TimeZone | undefined): CalendarTime | undefined {
  at = 0;
  const year = readDigits(text, 4, 4);
  const separator = text.charCodeAt(at++);
  const month = readDigits(text, 1, 2);
  if (text.charCodeAt(at++) !== separator) return undefined;
  const day = readDigits(text, 1, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  const epochDay = daysFromCivil(year, month, day);
  let secondOfDay = 0;
  let nanosecond = 0;
  if (startsTimeOfDay(text)) {
    secondOfDay = readTimeOfDay(text);
    if (secondOfDay < 0) return undefined;
    nanosecond = readFraction(text);
    if (nanosecond < 0) return undefined;
  }
  const localSecond = epochDay * DAY_SECONDS + secondOfDay;
  const offsetSeconds = startsZone(text) ? readZone(text) : (zone?.offsetSecondsAt(localSecond) ?? 0);
  if (offsetSeconds === undefined || at !== text.length) return undefined;
  return { epochSecond: localSecond - offsetSeconds, nanosecond };
}

/** The digits at the position as a number, or -1 when there are fewer than `least`. */
function readDigits(text: string, least: number, most: number): number {
  let value = 0;
  let count = 0;
  while (count < most) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) break;
    value = value * 10 + digit;
    at += 1;
    count += 1;
  }
  return count < least ? -1 : value;
}

function startsTimeOfDay(text: string): boolean {
  const code = text.charCodeAt(at);
  if (code === 84 || code === 116) {
    at += 1;
    return true;
  }
  if (code !== 32) return false;
  while (text.charCodeAt(at) === 32) at += 1;
  const digit = text.charCodeAt(at) - ZERO;
  return digit >= 0 && digit <= 9;
}

function readTimeOfDay(text: string): number {
  const hour = readDigits(text, 1, 2);
  if (hour < 0 || hour > 23) return -1;
  if (text.charCodeAt(at) !== 58) return -1;
  at += 1;
  const minute = readDigits(text, 2, 2);
  if (minute < 0 || minute > 59) return -1;
  if (text.charCodeAt(at) !== 58) return (hour * 60 + minute) * 60;
  at += 1;
  const second = readDigits(text, 2, 2);
  if (second < 0 || second > 59) return -1;
  return (hour * 60 + minute) * 60 + second;
}

/** Nanoseconds; digits beyond them are dropped; -1 for a point without a digit after it. */
function readFraction(text: string): number {
  const code = text.charCodeAt(at);
  if (code !== 46 && code !== 44) return 0;
  at += 1;
  const start = at;
  let value = 0;
  for (;;) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) break;
    if (at - start < FRACTION_DIGITS_MAX) value = value * 10 + digit;
    at += 1;
  }
  if (at === start) return -1;
  for (let count = at - start; count < FRACTION_DIGITS_MAX; count += 1) value *= 10;
  return value;
}

function startsZone(text: string): boolean {
  while (text.charCodeAt(at) === 32) at += 1;
  return at !== text.length;
}

/** Seconds east of UTC; `undefined` when something stands there that is no zone. */
function readZone(text: string): number | undefined {
  const code = text.charCodeAt(at);
  if (code === 90 || code === 122) {
    at += 1;
    return 0;
  }
  if (text.startsWith('UTC', at) || text.startsWith('GMT', at)) {
    at += 3;
    return 0;
  }
  if (code !== 43 && code !== 45) return undefined;
  at += 1;
  const hour = readDigits(text, 2, 2);
  if (text.charCodeAt(at) === 58) at += 1;
  else if (at === text.length) return hour < 0 || hour > 18 ? undefined : signed(code, hour * 3600);
  const minute = readDigits(text, 2, 2);
  if (hour < 0 || hour > 18 || minute < 0 || minute > 59) return undefined;
  return signed(code, hour * 3600 + minute * 60);
}

function signed(code: number, seconds: number): number {
  return code === 45 ? -seconds : seconds;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar: years begin in March, so that leap days come last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
