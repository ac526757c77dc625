import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueQueue } from './due-queue.ts';

/** The same without a heap: everything is looked at every time. */
class NaiveQueue {
  readonly #waiting = new Map<number, { instance: string; dueUs: number; given: boolean }>();

  get size(): number {
    return this.#waiting.size;
  }

  set(no: number, instance: string, dueUs: number | undefined): void {
    const given = this.#waiting.get(no)?.dueUs === dueUs && this.#waiting.get(no)?.given === true;
    if (dueUs === undefined) this.#waiting.delete(no);
    else this.#waiting.set(no, { instance, dueUs, given });
  }

  takeOverdue(nowUs: number): string[] {
    const overdue = [...this.#waiting.values()].filter(({ dueUs, given }) => !given && dueUs < nowUs);
    for (const due of overdue) due.given = true;
    return overdue.sort((a, b) => a.dueUs - b.dueUs).map(({ instance }) => instance);
  }
}

type Change =
  | { readonly kind: 'set'; readonly no: number; readonly name: string; readonly dueUs: number | undefined }
  | { readonly kind: 'take'; readonly nowUs: number };

const times = fc.integer({ min: 0, max: 40 });
const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('set' as const),
        no: fc.nat(7),
        name: fc.constantFrom('', '*'),
        dueUs: fc.option(times, { nil: undefined }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('take' as const), nowUs: times }) },
  ),
  { maxLength: 60 },
);

describe('the due queue', () => {
  it('gives what a plain list would give', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const queue = new DueQueue();
        const naive = new NaiveQueue();
        for (const change of list) {
          if (change.kind === 'set') {
            queue.set(change.no, `${change.no}${change.name}`, change.dueUs);
            naive.set(change.no, `${change.no}${change.name}`, change.dueUs);
          } else {
            const taken = queue.takeOverdue(change.nowUs);
            expect([...taken].sort()).toEqual(naive.takeOverdue(change.nowUs).sort());
          }
          expect(queue.size).toBe(naive.size);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('gives the longest overdue first', () => {
    const queue = new DueQueue();
    for (const dueUs of [30, 10, 20, 40]) queue.set(dueUs, String(dueUs), dueUs);
    expect(queue.takeOverdue(35)).toEqual(['10', '20', '30']);
  });

  it('does not give an overdue instance again when it is written again, but when it becomes overdue again', () => {
    const queue = new DueQueue();
    queue.set(1, 'a', 10);
    expect(queue.takeOverdue(11)).toEqual(['a']);
    queue.set(1, 'a', 10);
    queue.set(1, 'renamed', 10);
    expect(queue.takeOverdue(12)).toEqual([]);
    queue.set(1, 'renamed', 20);
    expect(queue.takeOverdue(20)).toEqual([]);
    expect(queue.takeOverdue(21)).toEqual(['renamed']);
    queue.set(1, 'renamed', undefined);
    queue.set(1, 'renamed', 20);
    expect(queue.takeOverdue(22)).toEqual(['renamed']);
  });

  it('gives the name that an instance has now', () => {
    const queue = new DueQueue();
    queue.set(1, 'a', 10);
    queue.set(1, 'b', 10);
    expect(queue.takeOverdue(11)).toEqual(['b']);
  });

  it('stays as small as what waits, however often that changes', () => {
    const queue = new DueQueue();
    for (let i = 0; i < 200_000; i++) queue.set(i % 10, 'a', i);
    expect(queue.size).toBe(10);
    expect(queue.entries).toBeLessThan(1100);
  });
});
