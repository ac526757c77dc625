import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextBuffer } from './text-buffer.ts';

test('all texts are there in UTF-8, in order, however long', () => {
  const text = fc.tuple(fc.string({ unit: 'grapheme' }), fc.constantFrom(1, 1, 20_000));
  fc.assert(
    fc.property(fc.array(text), (parts) => {
      const buffer = new TextBuffer();
      buffer.add('given up');
      buffer.clear();
      const texts = parts.map(([one, times]) => one.repeat(times));
      for (const one of texts) buffer.add(one);
      const expected = Buffer.from(texts.join(''));
      expect(Buffer.compare(buffer.view(), expected)).toBe(0);
    }),
    { numRuns: 50 },
  );
});
