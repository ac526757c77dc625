import { expect, it } from 'vitest';
import { readableContent } from './readable-content.ts';

it('puts JSON on lines, and shows everything else as it came', () => {
  expect(readableContent('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  for (const content of ['not {json', '', '42', '"text"']) expect(readableContent(content)).toBe(content);
});

it('never changes a number that is longer than a double can hold', () => {
  const content = '{"key":22517998136852481}';
  expect(readableContent(content)).toBe(content);
});
