import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linesOf, widthOf } from './text-fit.ts';

it('breaks long names between words and cuts what is left over', () => {
  expect(linesOf('Registration requested', 150, 14, 2)).toEqual(['Registration', 'requested']);
  expect(linesOf('Insert fine notification by the prefecture of the province', 130, 14, 2)).toEqual([
    'Insert fine',
    'notification by th…',
  ]);
});

it('keeps every line within the width, whatever the name', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (name) => {
      const lines = linesOf(name, 120, 14, 2);
      expect(lines.length).toBeLessThanOrEqual(2);
      for (const line of lines) expect(widthOf(line, 14)).toBeLessThanOrEqual(121);
    }),
  );
});
