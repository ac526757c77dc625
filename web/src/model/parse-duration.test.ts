import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatDuration } from './format.ts';
import { parseDuration } from './parse-duration.ts';

it.each([
  ['90 s', 90_000_000],
  ['3 min 12 s', 192_000_000],
  ['1.5h', 5_400_000_000],
  ['2,000 ms', 2_000_000],
])('reads "%s"', (text, us) => expect(parseDuration(text)).toBe(us));

it.each(['', '5', 'soon', '5 parsecs', '-3 s', 'constructor 5'])('does not guess at "%s"', (text) =>
  expect(parseDuration(text)).toBeNull(),
);

it('reads back what the pages write', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 14 }), (us) => {
      const read = parseDuration(formatDuration(us));
      expect(formatDuration(read ?? -1)).toBe(formatDuration(us));
    }),
  );
});
