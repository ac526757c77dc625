import { beforeEach, describe, expect, it } from 'vitest';
import type { NormalisedEvent } from '../../event/event.ts';
import type { ChainFigures, Filter, Store, View } from '../store.ts';
import { fill, REGISTRATION, registration, SECOND_US } from './fixtures.testkit.ts';

/** The same registration where the clock of the service `credit` is behind the others. */
function behind(seconds: number, events: readonly NormalisedEvent[]): NormalisedEvent[] {
  return events.map((event) =>
    event.service === 'credit' ? { ...event, timeUs: event.timeUs - seconds * SECOND_US } : event,
  );
}

/** Contract of what a store says of clocks that differ. */
export function skewAnswers(
  store: () => Store,
  chainOf: (flow: string, filter?: Filter, view?: View) => Promise<ChainFigures>,
): void {
  describe('registrations under clocks that differ', () => {
    beforeEach(() =>
      fill(
        store(),
        [
          ...registration('right', 0, 'done'),
          // Its credit check begins 3 s before it was asked for, …
          ...behind(4, registration('behind4', 100, 'done')),
          // … and this one 5 s.
          ...behind(6, registration('behind6', 200, 'done')),
        ],
        [REGISTRATION],
      ),
    );

    it('say how far, at least, the clock of a service is behind that of which', async () => {
      const chain = await chainOf('registration');
      expect(chain.skews).toEqual([
        { from: 'registration', to: 'credit', count: 2, atLeastUs: 5 * SECOND_US },
      ]);
      expect((await chainOf('registration', {}, 'temporal')).skews).toEqual(chain.skews);
      const one = await chainOf('registration', { key: 'registration:behind4' });
      expect(one.skews).toMatchObject([{ count: 1, atLeastUs: 3 * SECOND_US }]);
      expect((await chainOf('registration', { key: 'registration:right' })).skews).toEqual([]);
    });

    it('say at which transition, and count the times that would be negative', async () => {
      const chain = await chainOf('registration');
      const credit = chain.transitions.find((t) => t.to === 'credit-checked');
      expect(credit).toMatchObject({
        count: 3,
        overlaps: 2,
        skewUs: 5 * SECOND_US,
        waitUs: { min: 0, max: SECOND_US },
      });
      const address = chain.transitions.find((t) => t.to === 'address-checked');
      expect(address).toMatchObject({ overlaps: 0, skewUs: 0 });
    });

    it('say so of the step of an instance', async () => {
      const page = { cursor: undefined, limit: 10 };
      const query = { flow: 'registration', filter: { key: 'registration:behind4' }, view: undefined };
      const { items } = await store().instances({ ...query, nowUs: 0, page });
      const detail = await store().instance(items[0]?.instance ?? '', 0);
      const step = detail?.steps.find(({ activity }) => activity === 'credit-checked');
      // The publication of the request took a second.
      expect(step?.causes).toMatchObject([{ waitUs: 0, overlapUs: expect.any(Number) }]);
      expect(step?.causes[0]?.overlapUs).toBeGreaterThanOrEqual(3 * SECOND_US);
    });
  });
}
