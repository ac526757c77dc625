import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FlowView, filterTags, instanceStates, readFlowView, writeFlowView } from './filters.ts';
import { measureNames } from './measure.ts';

const text = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });
const filter = fc.record(
  {
    state: fc.constantFrom(...instanceStates),
    from: fc.constant('2026-11-25T03:30:00.000000Z'),
    to: fc.constant('2026-11-26T03:30:00+01:00'),
    service: text,
    activity: text,
    notActivity: text,
    variant: text,
    key: text,
    edge: fc.tuple(text, text).map(([from, to]) => `${from}>${to}`),
    minDurationUs: fc.nat(),
    maxDurationUs: fc.nat(),
    attributes: fc.dictionary(text, text, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const flowView: fc.Arbitrary<FlowView> = fc.record(
  {
    filter,
    view: fc.constantFrom('temporal', 'causal'),
    measure: fc.constantFrom(...measureNames),
    activitiesShown: fc.integer({ min: 0, max: 100 }),
    transitionsShown: fc.integer({ min: 0, max: 100 }),
    selected: text,
    table: fc.constant(true),
  },
  { requiredKeys: ['filter'], noNullPrototype: true },
);

describe('the address of a flow page', () => {
  it('gives back every view that was written to it', () => {
    fc.assert(
      fc.property(flowView, (view) => {
        const address = new URLSearchParams(writeFlowView(view).toString());
        expect(readFlowView(address)).toEqual(view);
      }),
    );
  });

  it('leaves out what it does not understand', () => {
    const query = new URLSearchParams(
      'state=lost&view=sideways&measure=beauty&minDurationUs=-1&activities=x',
    );
    expect(readFlowView(query)).toEqual({ filter: {} });
  });
});

describe('the tags of a filter', () => {
  it('take away, one by one, exactly what they name', () => {
    fc.assert(
      fc.property(filter, (whole) => {
        let left = whole as FlowView['filter'];
        for (let guard = 0; guard < 20 && filterTags(left).length > 0; guard++) {
          const [first] = filterTags(left);
          expect(filterTags(first?.without ?? {}).length).toBe(filterTags(left).length - 1);
          left = first?.without ?? {};
        }
        expect(left).toEqual({});
      }),
    );
  });
});
