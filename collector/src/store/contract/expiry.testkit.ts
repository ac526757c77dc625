import { beforeEach, describe, expect, it } from 'vitest';
import { spanEvent } from '../../correlate/events.testkit.ts';
import { instanceId } from '../../correlate/identity.ts';
import type { NormalisedEvent } from '../../event/event.ts';
import type { ExpiryBounds } from '../../event/expiry.ts';
import type { ExpiredPlace, Store } from '../store.ts';
import { CLAIMS, event, fill, REGISTRATION, registration, SECOND_US, T0_US } from './fixtures.testkit.ts';

const NOW_US = T0_US + 1000 * SECOND_US;
const NOTHING = {
  numberedUntil: 0,
  events: [],
  removedEvents: [],
  instances: [],
  removed: [],
  replaced: new Set<number>(),
  flows: new Map(),
};

/** What a store says of what is old, and what it has after that was removed. */
export function expiring(store: () => Store): void {
  describe('what expired', () => {
    const received = (at: number, events: readonly NormalisedEvent[]) =>
      events.map((each) => ({ ...each, receivedAtUs: T0_US + at * SECOND_US }));
    const bare = [1, 2, 3].map((at) =>
      event({ id: `bare:${at}`, type: 'noise', receivedAtUs: T0_US + at * SECOND_US }),
    );
    const EVENTS = [
      ...received(5, registration('b', 0, 'done')),
      ...received(2, registration('a', 0, 'credit-lost')),
      ...received(1, CLAIMS),
      ...bare,
      spanEvent('ta/1', { receivedAtUs: T0_US + 4 * SECOND_US }),
    ];
    const boundsAt = (registrations: number, others: number, imports: number) => ({
      flows: { registration: T0_US + registrations * SECOND_US, missing: T0_US + 100 * SECOND_US },
      others: others === 0 ? 0 : T0_US + others * SECOND_US,
      imports: imports === 0 ? 0 : T0_US + imports * SECOND_US,
    });
    const found = async (bounds: ExpiryBounds) => {
      const { expiry } = await store().expired({ bounds, after: undefined, limit: 100 });
      return {
        keys: expiry.instances.map(({ key }) => key),
        traces: expiry.traces.map(({ traceId }) => traceId),
        events: expiry.events.map(({ id }) => id),
      };
    };
    beforeEach(() => fill(store(), EVENTS, [REGISTRATION]));

    it('is found by the bound of its flow, the longest ago first', async () => {
      expect(await found(boundsAt(5, 0, 0))).toEqual({ keys: ['registration:a'], traces: [], events: [] });
      expect(await found(boundsAt(6, 3, 0))).toEqual({
        keys: ['registration:a', 'registration:b'],
        traces: [],
        events: ['bare:1', 'bare:2'],
      });
      const all = await found(boundsAt(6, 5, 2));
      expect(all.keys.toSorted()).toEqual([
        ...[1, 2, 3, 4, 5].map((name) => `claims:c${name}`),
        'registration:a',
        'registration:b',
      ]);
      expect(all.keys.slice(-2)).toEqual(['registration:a', 'registration:b']);
      expect([all.traces, all.events]).toEqual([['ta'], ['bare:1', 'bare:2', 'bare:3']]);
    });

    it('is found in portions that follow each other', async () => {
      const bounds = boundsAt(6, 5, 2);
      const whole = await store().expired({ bounds, after: undefined, limit: 100 });
      expect(whole.next).toBeUndefined();
      const keys: string[] = [];
      const events: string[] = [];
      let after: ExpiredPlace | undefined;
      do {
        const part = await store().expired({ bounds, after, limit: 2 });
        keys.push(...part.expiry.instances.map(({ key }) => key));
        events.push(...part.expiry.events.map(({ id }) => id));
        after = part.next;
      } while (after !== undefined);
      expect(keys).toEqual(whole.expiry.instances.map(({ key }) => key));
      expect(events).toEqual(whole.expiry.events.map(({ id }) => id));
    });

    it('is gone with all its rows once it is removed, and nothing else is', async () => {
      const rows = await store().instance(
        instanceId('default/default', 'registration', 'registration:a'),
        NOW_US,
      );
      const ids = new Set(rows?.members.map((member) => member.event.id));
      const removedEvents = EVENTS.flatMap(({ id }, place) => (ids.has(id) ? [place + 1] : []));
      const before = await store().counts(NOW_US);
      const kept = await store().chain({ flow: 'claims', filter: {}, view: undefined, nowUs: NOW_US });
      const no = (await store().waiting()).find(({ instance }) => instance === rows?.row.instance)?.no;
      expect([removedEvents.length, no]).toEqual([5, expect.any(Number)]);
      const batch = { ...NOTHING, removed: [no ?? 0], removedEvents, deadLetters: [], resolved: [] };
      await store().apply({ ...batch, numberedUntil: EVENTS.length + 1 });
      expect(store().appliedEventNo).toBe(EVENTS.length + 1);
      const after = await store().counts(NOW_US);
      expect([after.events, after.instances]).toEqual([before.events - 5, before.instances - 1]);
      expect(await store().search('registration:a', NOW_US)).toEqual([]);
      expect(await store().chain({ flow: 'claims', filter: {}, view: undefined, nowUs: NOW_US })).toEqual(
        kept,
      );
    });

    it('are dead letters that were received before', async () => {
      const letter = (id: string, at: number) => ({
        ...{ id, source: 'otlp', reason: 'unreadable', content: '', position: 0 },
        receivedAtUs: T0_US + at * SECOND_US,
      });
      const deadLetters = [letter('b', 2), letter('a', 1), letter('c', 3)];
      await store().apply({ ...NOTHING, deadLetters, resolved: [] });
      expect(await store().deadLettersBefore(T0_US + 3 * SECOND_US, 9)).toEqual(['a', 'b']);
      expect(await store().deadLettersBefore(T0_US + 3 * SECOND_US, 1)).toEqual(['a']);
    });
  });
}
