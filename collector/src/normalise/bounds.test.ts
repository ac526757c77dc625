import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ATTRIBUTES_MAX,
  boundAttributes,
  boundKey,
  cutText,
  KEY_LENGTH_MAX,
  NAME_LENGTH_MAX,
  VALUE_LENGTH_MAX,
} from './bounds.ts';

function many(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, index]));
}

describe('boundAttributes', () => {
  it('hands back the very attributes that fit', () => {
    const attributes = { ...many(ATTRIBUTES_MAX - 1), text: 'x'.repeat(VALUE_LENGTH_MAX) };
    const bounded = boundAttributes(attributes);
    expect(bounded.attributes).toBe(attributes);
    expect(bounded.flags).toEqual([]);
  });

  it('keeps the first attributes and says that it cut', () => {
    const bounded = boundAttributes(many(ATTRIBUTES_MAX + 3));
    expect(Object.keys(bounded.attributes)).toEqual(Object.keys(many(ATTRIBUTES_MAX)));
    expect(bounded.flags).toEqual(['attributes-cut']);
  });

  it('cuts a long value and leaves out a long name', () => {
    const bounded = boundAttributes({
      long: 'y'.repeat(VALUE_LENGTH_MAX + 1),
      ['n'.repeat(NAME_LENGTH_MAX + 1)]: 1,
      short: true,
    });
    expect(bounded.attributes).toEqual({ long: 'y'.repeat(VALUE_LENGTH_MAX), short: true });
    expect([...bounded.flags].sort()).toEqual(['attributes-cut', 'value-cut']);
  });
});

describe('boundKey', () => {
  it('leaves a key that fits alone', () => {
    const key = 'k'.repeat(KEY_LENGTH_MAX);
    expect(boundKey(key)).toEqual({ value: key, cut: false });
  });

  it('never merges two different keys, however late they differ', () => {
    const longKeys = fc
      .string({ minLength: 0, maxLength: 40 })
      .map((tail) => 'k'.repeat(KEY_LENGTH_MAX) + tail);
    fc.assert(
      fc.property(longKeys, longKeys, (a, b) => {
        expect(boundKey(a).value === boundKey(b).value).toBe(a === b);
        expect(boundKey(a).value.length).toBeLessThanOrEqual(KEY_LENGTH_MAX);
      }),
    );
  });
});

describe('cutText', () => {
  it('never leaves half of a character', () => {
    expect(cutText('ab😀', 3)).toBe('ab');
    expect(cutText('ab😀c', 4)).toBe('ab😀');
  });
});
