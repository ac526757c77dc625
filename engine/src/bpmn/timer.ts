import { Temporal } from 'temporal-polyfill';
import type { Outcome } from './expression.ts';
import type { TimerDefinition } from './model.ts';

/** When a timer fires next. All times are epoch milliseconds. */
export type Schedule = {
  readonly dueMs: number;
  /** How often it fires, this time included; -1 without end, as in Zeebe's TIMER records. */
  readonly repetitions: number;
};

/** `R3/PT10S`, `R/2026-01-01T00:00:00Z/PT1H`. */
type Cycle = {
  readonly repetitions: number;
  readonly start: Temporal.Instant | undefined;
  readonly interval: Temporal.Duration;
};

/** What JavaScript's Date can say; Zeebe's records hold milliseconds too. */
const maxEpochMs = 8.64e15;

/**
 * The first time a timer fires. `text` is the value of the timer's expression: an ISO 8601 date and time with a zone,
 * a duration, or a cycle. Years and months are of the calendar in UTC. A date in the past is due at once.
 * A cycle whose start lies in the past fires at the next multiple of its interval.
 */
export function firstSchedule(
  timerType: TimerDefinition['timerType'],
  text: string,
  nowMs: number,
): Outcome<Schedule> {
  return guarded(timerType, text, () => {
    if (timerType === 'date') return { dueMs: parseDate(text), repetitions: 1 };
    if (timerType === 'duration') return { dueMs: plus(nowMs, parseDuration(text), 1), repetitions: 1 };
    const cycle = parseCycle(text);
    const startMs = cycle.start?.epochMilliseconds;
    if (startMs === undefined)
      return { dueMs: plus(nowMs, cycle.interval, 1), repetitions: cycle.repetitions };
    if (startMs >= nowMs) return { dueMs: startMs, repetitions: cycle.repetitions };
    return { dueMs: nextMultiple(startMs, cycle.interval, nowMs), repetitions: cycle.repetitions };
  });
}

/**
 * The time after `fired`, or undefined when that was the last one. Counted from when it was due, not from when it
 * fired, so that cycles do not drift; times that passed meanwhile (the engine was down) are skipped, not caught up.
 */
export function nextSchedule(text: string, fired: Schedule, nowMs: number): Outcome<Schedule | undefined> {
  if (fired.repetitions === 1) return { ok: true, value: undefined };
  return guarded('cycle', text, () => {
    const { start, interval } = parseCycle(text);
    const repetitions = fired.repetitions === -1 ? -1 : fired.repetitions - 1;
    // From the start where there is one: the 31st of each month must not become the 28th for good after February.
    const originMs = start?.epochMilliseconds ?? fired.dueMs;
    return { dueMs: nextMultiple(originMs, interval, Math.max(nowMs, fired.dueMs)), repetitions };
  });
}

class TimerProblem extends Error {}

function guarded<Value>(timerType: string, text: string, compute: () => Value): Outcome<Value> {
  try {
    return { ok: true, value: compute() };
  } catch (error) {
    if (!(error instanceof TimerProblem) && !(error instanceof RangeError)) throw error;
    const reason = error instanceof TimerProblem ? error.message : 'it is out of range';
    return { ok: false, message: `Invalid timer ${timerType} '${text}': ${reason}` };
  }
}

const zoned = /^(?<local>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?)(?<zone>.+)$/;

/** Zones: `Z`, `+01:00`, `+01:00[Europe/Berlin]`, and `@Europe/Berlin` as FEEL prints it. */
function parseDate(text: string): number {
  const { local, zone } = zoned.exec(text.trim())?.groups ?? {};
  if (local === undefined || zone === undefined) {
    throw new TimerProblem("expected a date and time with a zone, such as '2026-01-31T12:00:00Z'");
  }
  const named = zone.startsWith('@') ? `[${zone.slice(1)}]` : zone;
  return inRange(
    attempt('a date and time', () =>
      named.includes('[')
        ? Temporal.ZonedDateTime.from(local + named).epochMilliseconds
        : Temporal.Instant.from(local + named).epochMilliseconds,
    ),
  );
}

function parseDuration(text: string): Temporal.Duration {
  if (text.trim().length > 100) throw new TimerProblem('it is longer than any duration');
  return attempt("a duration such as 'PT15M' or 'P1M'", () => Temporal.Duration.from(text.trim()));
}

function parseCycle(text: string): Cycle {
  const parts = text.trim().split('/');
  const [repetitionText = '', second = '', third] = parts;
  const count = /^R(?<count>-1|\d{0,9})$/.exec(repetitionText)?.groups?.['count'];
  if (count === undefined || parts.length < 2 || parts.length > 3) {
    const isCron = parts.length === 1 && text.trim().split(/\s+/).length >= 5;
    throw new TimerProblem(
      isCron ? 'cron expressions are not supported' : "expected a cycle such as 'R3/PT10S' or 'R/PT1M'",
    );
  }
  const interval = parseDuration(third ?? second);
  if (interval.sign <= 0) throw new TimerProblem('the interval of a cycle must be longer than zero');
  const repetitions = count === '' ? -1 : Number(count);
  if (repetitions === 0) throw new TimerProblem('it never fires');
  const start = third === undefined ? undefined : Temporal.Instant.fromEpochMilliseconds(parseDate(second));
  return { repetitions, start, interval };
}

function attempt<Value>(expected: string, parse: () => Value): Value {
  try {
    return parse();
  } catch {
    throw new TimerProblem(`expected ${expected}`);
  }
}

/** `count` intervals after `fromMs`. Months are added at once, so that the day of month survives short months. */
function plus(fromMs: number, interval: Temporal.Duration, count: number): number {
  const { years, months, weeks, days, hours, minutes, seconds, milliseconds } = interval;
  const scaled = { years, months, weeks, days, hours, minutes, seconds, milliseconds };
  for (const unit of Object.keys(scaled) as (keyof typeof scaled)[]) scaled[unit] *= count;
  const from = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO('UTC');
  return inRange(from.add(scaled).epochMilliseconds);
}

/** The first `originMs + k * interval`, k ≥ 1, that is later than `afterMs`. */
function nextMultiple(originMs: number, interval: Temporal.Duration, afterMs: number): number {
  const firstMs = plus(originMs, interval, 1);
  if (firstMs > afterMs) return firstMs;
  if (firstMs <= originMs) throw new TimerProblem('the interval of a cycle must be at least a millisecond');
  // Calendar intervals differ by some days; start below the answer and walk the rest.
  const estimate = Math.floor((afterMs - originMs) / longestMs(interval));
  let count = Math.max(1, estimate);
  while (plus(originMs, interval, count) <= afterMs) count += 1;
  return plus(originMs, interval, count);
}

const dayMs = 86_400_000;

function longestMs(interval: Temporal.Duration): number {
  const { years, months, weeks, days, hours, minutes, seconds, milliseconds } = interval;
  const wholeDays = years * 366 + months * 31 + weeks * 7 + days;
  return wholeDays * dayMs + hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + milliseconds;
}

function inRange(epochMs: number): number {
  if (!Number.isFinite(epochMs) || Math.abs(epochMs) > maxEpochMs) {
    throw new TimerProblem('it is out of range');
  }
  return epochMs;
}
