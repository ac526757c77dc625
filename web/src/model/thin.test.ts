import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { registrationChain } from '../fixtures/figures.ts';
import { largeChain } from '../fixtures/large-chain.ts';
import { startingShares, thin } from './thin.ts';

describe('thinning out a chain', () => {
  it('leaves a small chain whole', () => {
    const chain = registrationChain();
    expect(startingShares(chain)).toEqual({ activities: 100, transitions: 100 });
    expect(thin(chain, startingShares(chain)).transitions).toBe(chain.transitions);
  });

  it('starts a large chain with what a person can take in', () => {
    const chain = largeChain(60, 300);
    const { activities, transitions } = thin(chain, startingShares(chain));
    expect(activities.length).toBeLessThanOrEqual(45);
    expect(transitions.length).toBeLessThanOrEqual(80);
  });

  it('keeps every activity on a way from a start to an end, whatever is taken away', () => {
    const share = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(fc.nat(1_000), share, share, (seed, activities, transitions) => {
        const chain = largeChain(24, 80, seed);
        const thinned = thin(chain, { activities, transitions });
        const reached = (roots: readonly string[], onward: boolean) => {
          const seen = new Set(roots);
          for (let before = -1; before !== seen.size; ) {
            before = seen.size;
            for (const { from, to } of thinned.transitions)
              if (seen.has(onward ? from : to)) seen.add(onward ? to : from);
          }
          return seen;
        };
        const marked = (figure: 'starts' | 'ends') =>
          chain.activities.filter((one) => one[figure] > 0).map((one) => one.activity);
        const [after, before] = [reached(marked('starts'), true), reached(marked('ends'), false)];
        for (const { activity } of thinned.activities)
          expect([after.has(activity), before.has(activity)]).toEqual([true, true]);
      }),
      { numRuns: 60 },
    );
  });

  it('shows more, never less, when more is asked for', () => {
    const chain = largeChain();
    const counts = [1, 20, 40, 60, 80, 100].map(
      (share) => thin(chain, { activities: 60, transitions: share }).transitions.length,
    );
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  });
});
