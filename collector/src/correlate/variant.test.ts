import { describe, expect, it } from 'vitest';
import type { Cause } from './causes.ts';
import { causalVariant, temporalVariant } from './variant.ts';

/** Steps as `activity` or `activity<cause,cause` (places), in the order of time. */
function causal(text: string) {
  const steps = text.split(' ').map((step) => step.split('<'));
  const causes = steps.map(([, list = '']) =>
    list.split(',').flatMap((place): Cause[] => (place === '' ? [] : [causeOf(Number(place))])),
  );
  return causalVariant(
    steps.map(([activity = '']) => activity),
    causes,
  );
}

function causeOf(step: number): Cause {
  return { step, evidence: 'causal', inferred: false, waitUs: 0, workUs: 0, overlapUs: 0, skew: undefined };
}

describe('the causal variant', () => {
  it('is one for all interleavings of parallel branches', () => {
    const forkJoin = causal('r a<0 c<0 d<1,2');
    expect(causal('r c<0 a<0 d<1,2')).toEqual(forkJoin);
    expect(causal('r a<0 c<0 d<2,1')).toEqual(forkJoin);
    expect(forkJoin.activities).toEqual(['r', 'a', 'c', 'd']);
    expect(causal('r a<0 b<1 x<0 y<3 d<2,4')).toEqual(causal('r x<0 y<1 a<0 b<3 d<2,4'));
  });

  it('tells a sequence from parallel branches, and one join from another', () => {
    const variants = ['r a<0 c<0 d<1,2', 'r a<0 c<1 d<2', 'r c<0 a<1 d<2', 'r a<0 c<0 d<1', 'r a<0 c<0 d<2'];
    expect(new Set(variants.map((text) => causal(text).variant)).size).toBe(variants.length);
  });

  it('counts repeated steps', () => {
    const variants = ['r a<0', 'r a<0 a<0', 'r a<0 a<1', 'r a<0 a<0 a<0'];
    expect(new Set(variants.map((text) => causal(text).variant)).size).toBe(variants.length);
  });

  it('does not depend on whether the clock had effects before their causes', () => {
    expect(causal('b<1 a')).toEqual(causal('a b<0'));
  });

  it('ends with causes that are a circle', () => {
    expect(causal('a<1 b<0').activities).toHaveLength(2);
  });

  it.each([
    ['forwards', 1],
    ['backwards', -1],
  ] as const)('takes a chain of 20,000 steps %s without taking long', (_, way) => {
    const activities = Array.from({ length: 20_000 }, () => 'a');
    const causes = activities.map((__, i): Cause[] =>
      activities[i - way] === undefined ? [] : [causeOf(i - way)],
    );
    const start = performance.now();
    const { activities: ordered } = causalVariant(activities, causes);
    expect(performance.now() - start).toBeLessThan(3000);
    expect(ordered).toHaveLength(20_000);
  });

  it('takes a join of 200,000 steps', () => {
    const activities = Array.from({ length: 200_001 }, () => 'a');
    const causes = activities.map((_, i): Cause[] =>
      i === 200_000 ? activities.slice(1).map((__, place) => causeOf(place)) : [],
    );
    expect(causalVariant(activities, causes).activities).toHaveLength(200_001);
  });
});

describe('the temporal variant', () => {
  it('is the sequence of activities', () => {
    expect(temporalVariant(['a', 'b'])).toEqual(temporalVariant(['a', 'b']));
    expect(temporalVariant(['a', 'b']).variant).not.toBe(temporalVariant(['b', 'a']).variant);
    expect(temporalVariant(['a', 'b']).variant).not.toBe(temporalVariant(['a b']).variant);
  });
});
