import { z } from 'zod';

const UNIT_US: Readonly<Record<string, number>> = {
  ms: 1000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};
const DURATION_MAX_US = 3650 * 86_400_000_000;

export const duration = z
  .string('expected a duration: a number with a unit, such as 500ms, 20s, 5m, 2h, 3d')
  .regex(/^\d{1,12}(\.\d{1,6})?(ms|s|m|h|d)$/, {
    error: 'expected a number with a unit: 500ms, 20s, 5m, 2h, 3d',
    abort: true,
  })
  .refine(
    (text) => durationUsOf(text) >= 1 && durationUsOf(text) <= DURATION_MAX_US,
    'expected more than 0 and at most 3650d',
  )
  .transform(durationUsOf);

function durationUsOf(text: string): number {
  const match = /^([\d.]+)(ms|s|m|h|d)$/.exec(text);
  return Math.round(Number(match?.[1]) * (UNIT_US[match?.[2] ?? ''] ?? Number.NaN));
}

/** Microseconds; infinite where it is never removed. */
export const keep = z.union(
  [z.literal('forever').transform(() => Number.POSITIVE_INFINITY), duration],
  "expected a duration such as 12h or 90d, or 'forever'",
);

const UNIT_BYTES: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, TB: 1e12 };

const size = z
  .string('expected a size: a number with a unit, such as 500MB, 50GB, 2TB')
  .regex(/^\d{1,6}(\.\d{1,3})?(MB|GB|TB)$/, 'expected a number with a unit: 500MB, 50GB, 2TB')
  .transform((text) => Number.parseFloat(text) * (UNIT_BYTES[text.slice(-2)] ?? Number.NaN))
  .refine((bytes) => bytes >= 10e6, 'expected at least 10MB');

export const RetentionSection = z.strictObject({
  instances: keep
    .prefault('90d')
    .describe(
      'Process instances and their events, from when their newest event was received: 12h, 90d, forever',
    ),
  imports: keep.prefault('forever').describe('The same of imported files, where the flow is not configured'),
  log: keep
    .prefault('30d')
    .describe('What was received, as it came: so far back it can be read again by other rules'),
  deadLetters: keep.prefault('30d').describe('Dead letters, from when they were received'),
  maxSize: size
    .optional()
    .describe('When the store is larger, the oldest instances are removed whatever their age: 500MB, 50GB'),
});
