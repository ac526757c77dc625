/** Where a clock hung whose times do not say it. */
export type TimeZone = {
  /**
   * Seconds east of UTC of a time of that clock, given as if it were UTC. Of a time that there is twice (when clocks are set back) the
   * first one counts; one that there is not (when they are set forward) counts by the offset before: as Temporal's `compatible`.
   */
  offsetSecondsAt(localSecond: number): number;
};

const FIXED = /^([+-])(\d\d):?(\d\d)?$/;
const QUARTER_SECONDS = 900;
const DAY_SECONDS = 86_400;
const REMEMBERED_MAX = 100_000;

/** `UTC`, an offset (`+01:00`, `-0530`, `+02`) or a name of the IANA data base (`Europe/Berlin`); undefined for anything else. */
export function timeZoneOf(name: string): TimeZone | undefined {
  if (/^(?:utc|z|gmt)$/i.test(name)) return { offsetSecondsAt: () => 0 };
  const fixed = FIXED.exec(name);
  if (fixed === null) return /^[A-Za-z]/.test(name) ? namedZone(name) : undefined;
  const [hours, minutes] = [Number(fixed[2]), Number(fixed[3] ?? 0)];
  if (hours > 18 || minutes > 59) return undefined;
  const seconds = (hours * 60 + minutes) * 60 * (fixed[1] === '-' ? -1 : 1);
  return { offsetSecondsAt: () => seconds };
}

function namedZone(name: string): TimeZone | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
  // Clocks are set at whole quarters of an hour.
  const remembered = new Map<number, number>();
  return {
    offsetSecondsAt(localSecond) {
      const quarter = Math.floor(localSecond / QUARTER_SECONDS);
      let offset = remembered.get(quarter);
      if (offset === undefined) {
        if (remembered.size >= REMEMBERED_MAX) remembered.clear();
        offset = offsetOfLocal(format, localSecond);
        remembered.set(quarter, offset);
      }
      return offset;
    },
  };
}

function offsetOfLocal(format: Intl.DateTimeFormat, localSecond: number): number {
  const before = offsetAt(format, localSecond - DAY_SECONDS);
  const after = offsetAt(format, localSecond + DAY_SECONDS);
  if (before === after || offsetAt(format, localSecond - before) === before) return before;
  return offsetAt(format, localSecond - after) === after ? after : before;
}

/** `GMT`, `GMT+01:00`, and of old times `GMT+00:53:28`. */
function offsetAt(format: Intl.DateTimeFormat, epochSecond: number): number {
  const parts = format.formatToParts(new Date(epochSecond * 1000));
  const text = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes, seconds] = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(text) ?? [];
  const value = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  return sign === '-' ? -value : value;
}
