import { describe, expect, it } from 'vitest';
import { Letters } from './letters.ts';
import type { IntakeHead, IntakeRecord } from './record.ts';

const letter = (id: string) => ({ id, source: 's', receivedAtUs: 1, reason: 'r', content: 'c' });
const spans = (again?: string[]): IntakeRecord => {
  const head: IntakeHead = { wire: 'otlp', encoding: 'json', receivedAtUs: 1, mode: 'live' };
  return { head: again === undefined ? head : { ...head, again }, body: new Uint8Array() };
};
const discard = (ids: readonly string[]): IntakeRecord => ({
  head: { wire: 'discard', receivedAtUs: 1, mode: 'live' },
  body: Buffer.from(JSON.stringify(ids)),
});

describe('the dead letters between two writes', () => {
  it('are kept with the place of their record', () => {
    const letters = new Letters();
    letters.add(spans(), [letter('a')], 7);
    expect(letters.take()).toEqual({ deadLetters: [{ ...letter('a'), position: 7 }], resolved: [] });
    expect(letters.size).toBe(0);
  });

  it('are none any more when they could be read this time', () => {
    const letters = new Letters();
    letters.add(spans(), [letter('a'), letter('b')], 7);
    letters.add(spans(['a', 'b', 'c']), [letter('b')], 9);
    expect(letters.take()).toEqual({ deadLetters: [{ ...letter('b'), position: 9 }], resolved: ['a', 'c'] });
  });

  it('are none any more when they were discarded, until they come again', () => {
    const letters = new Letters();
    letters.add(spans(), [letter('a')], 7);
    letters.add(discard(['a', 'b']), [], 8);
    expect(letters.take()).toEqual({ deadLetters: [], resolved: ['a', 'b'] });
    letters.add(discard(['a']), [], 9);
    letters.add(spans(), [letter('a')], 10);
    expect(letters.take()).toEqual({ deadLetters: [{ ...letter('a'), position: 10 }], resolved: [] });
  });
});
