import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChainFigures, Filter, Store } from '../store.ts';
import { expiring } from './expiry.testkit.ts';
import { CLAIMS, event, fill, REGISTRATION, registration, SECOND_US, T0_US } from './fixtures.testkit.ts';
import { skewAnswers } from './skew.testkit.ts';

const NOW_US = T0_US + 1000 * SECOND_US;
const PAGE = { cursor: undefined, limit: 50 };

/** What every store must answer. `open` gives a new, empty store. */
const NOTHING = {
  numberedUntil: 0,
  events: [],
  removedEvents: [],
  instances: [],
  removed: [],
  replaced: new Set<number>(),
  flows: new Map(),
};

export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`store contract: ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const chainOf = (flow: string, filter: Filter = {}, view?: 'temporal' | 'causal') =>
      store.chain({ flow, filter, view, nowUs: NOW_US });
    const instancesOf = async (flow: string, filter: Filter = {}) => {
      const page = await store.instances({ flow, filter, view: undefined, nowUs: NOW_US, page: PAGE });
      return page.items.map((item) => item.keys[0]?.split(':')[1]).sort();
    };

    claimsAnswers(() => store, chainOf, instancesOf);
    registrationAnswers(() => store, chainOf);
    skewAnswers(() => store, chainOf);
    writing(() => store, chainOf);
    expiring(() => store);
  });
}

type ChainOf = (flow: string, filter?: Filter, view?: 'temporal' | 'causal') => Promise<ChainFigures>;

function pairsOf(chain: ChainFigures): Record<string, number> {
  return Object.fromEntries(chain.transitions.map((t) => [`${t.from}>${t.to}`, t.count]));
}

function claimsAnswers(
  store: () => Store,
  chainOf: ChainOf,
  instancesOf: (flow: string, filter?: Filter) => Promise<(string | undefined)[]>,
): void {
  describe('the claims log, worked out by hand', () => {
    beforeEach(() => fill(store(), CLAIMS, []));

    it('counts directly-follows pairs, starts, ends and variants', async () => {
      const chain = await chainOf('claims');
      expect(pairsOf(chain)).toEqual({
        'register>check': 3,
        'check>pay': 2,
        'check>reject': 1,
        'check>check': 1,
        'register>pay': 1,
        'pay>check': 1,
      });
      const activities = Object.fromEntries(
        chain.activities.map((a) => [a.activity, [a.count, a.instances, a.starts, a.ends]]),
      );
      expect(activities).toEqual({
        register: [5, 5, 5, 1],
        check: [5, 4, 0, 1],
        pay: [3, 3, 0, 2],
        reject: [1, 1, 0, 1],
      });
      expect([chain.instances, chain.events, chain.variants, chain.view]).toEqual([5, 14, 5, 'temporal']);
      expect(chain.states).toEqual({ total: 5, open: 0, completed: 5, failed: 0, stuck: 0 });
      // 40 s, 25 s, 120 s, 0 s and 0 s
      expect([chain.durationUs.mean, chain.durationUs.p50]).toEqual([37 * SECOND_US, 25 * SECOND_US]);
    });

    it('gives waiting times between the events, exactly', async () => {
      const chain = await chainOf('claims');
      const wait = chain.transitions.find((t) => t.from === 'register' && t.to === 'check')?.waitUs;
      // 10 s, 20 s and 10 s
      expect(wait?.mean).toBeCloseTo((40 / 3) * SECOND_US, 0);
      expect([wait?.p50, wait?.min, wait?.max]).toEqual([10 * SECOND_US, 10 * SECOND_US, 20 * SECOND_US]);
      expect(wait?.p95).toBeCloseTo(19 * SECOND_US, 0);
      expect(chain.transitions.every((t) => t.evidence.causal === 0)).toBe(true);
    });

    it('keeps the order of arrival where times are equal', async () => {
      const chain = await chainOf('claims', { key: 'claims:c5' });
      expect(pairsOf(chain)).toEqual({ 'register>pay': 1, 'pay>check': 1 });
    });

    it('counts an instance once for a pair that it went through twice', async () => {
      const chain = await chainOf('claims', { key: 'claims:c3' });
      const check = chain.activities.find((a) => a.activity === 'check');
      expect([check?.count, check?.instances]).toEqual([2, 1]);
    });

    it('filters whole instances', async () => {
      expect(await instancesOf('claims', { activity: 'PAY' })).toEqual(['c1', 'c3', 'c5']);
      expect(await instancesOf('claims', { notActivity: 'pay' })).toEqual(['c2', 'c4']);
      expect(await instancesOf('claims', { edge: { from: 'check', to: 'pay' } })).toEqual(['c1', 'c3']);
      expect(await instancesOf('claims', { minDurationUs: 30 * SECOND_US })).toEqual(['c1', 'c3']);
      expect(await instancesOf('claims', { maxDurationUs: 0 })).toEqual(['c4', 'c5']);
      expect(await instancesOf('claims', { fromUs: T0_US + 7 * SECOND_US })).toEqual(['c3', 'c4', 'c5']);
      expect(await instancesOf('claims', { toUs: T0_US + 7 * SECOND_US })).toEqual(['c1', 'c2']);
      expect(await instancesOf('claims', { key: 'claims:c2' })).toEqual(['c2']);
      expect(await instancesOf('claims', { key: 'claims:none' })).toEqual([]);
      expect(await instancesOf('claims', { state: 'completed' })).toHaveLength(5);
      expect(await instancesOf('claims', { state: 'open' })).toEqual([]);
      expect(await instancesOf('claims', { activity: 'nothing like it' })).toEqual([]);
      expect(await instancesOf('claims', { attributes: [{ name: 'department', value: 'north' }] })).toEqual([
        'c1',
        'c3',
      ]);
    });

    it('lists variants with shares, and filters by one', async () => {
      const query = { flow: 'claims', filter: {}, view: undefined, nowUs: NOW_US };
      const first = await store().variants({ ...query, page: { cursor: undefined, limit: 2 } });
      expect([first.total, first.items.length]).toEqual([5, 2]);
      const second = await store().variants({ ...query, page: { cursor: first.next, limit: 10 } });
      expect(second.next).toBeUndefined();
      const all = [...first.items, ...second.items];
      expect(all.map((v) => v.activities.join(' ')).sort()).toEqual([
        'register',
        'register check check pay',
        'register check pay',
        'register check reject',
        'register pay check',
      ]);
      expect(all.map((v) => v.share)).toEqual([0.2, 0.2, 0.2, 0.2, 0.2]);
      const variant = all.find((v) => v.activities.join(' ') === 'register check reject')?.variant ?? '';
      expect(await instancesOf('claims', { variant })).toEqual(['c2']);
      expect(await instancesOf('claims', { variant: 'no such variant' })).toEqual([]);
    });

    it('pages instances without gaps or doubles, the newest first', async () => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store().instances({
          flow: 'claims',
          filter: {},
          view: undefined,
          nowUs: NOW_US,
          page: { cursor, limit: 2 },
        });
        expect(page.total).toBe(5);
        seen.push(...page.items.map((item) => item.keys[0] ?? ''));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(seen).toEqual(['claims:c5', 'claims:c4', 'claims:c3', 'claims:c2', 'claims:c1']);
    });

    it('refuses a cursor that it did not give', async () => {
      const query = { flow: 'claims', filter: {}, view: undefined, nowUs: NOW_US };
      await expect(store().instances({ ...query, page: { cursor: 'x', limit: 2 } })).rejects.toMatchObject({
        code: 'invalid-cursor',
      });
    });

    it('finds by key, bare value, event id and instance id', async () => {
      const [byKey] = await store().search('claims:c2', NOW_US);
      expect(byKey).toMatchObject({ matched: 'key', row: { keys: ['claims:c2'], steps: 3 } });
      expect(await store().search('c2', NOW_US)).toHaveLength(1);
      const [byEvent] = await store().search('file:test:claims:4', NOW_US);
      expect(byEvent).toMatchObject({ matched: 'event', row: { keys: ['claims:c2'] } });
      const [byId] = await store().search(byKey?.row.instance ?? '', NOW_US);
      expect(byId).toMatchObject({ matched: 'instance' });
      expect(await store().search('nothing', NOW_US)).toEqual([]);
    });

    it('gives flows and counts', async () => {
      const [flow] = await store().flows(NOW_US);
      expect(flow).toMatchObject({
        flow: 'claims',
        instances: { total: 5, open: 0, completed: 5, failed: 0, stuck: 0 },
        activities: 4,
        events: 14,
        firstUs: T0_US,
        lastUs: T0_US + 127 * SECOND_US,
      });
      expect(await store().counts(NOW_US)).toMatchObject({
        events: 14,
        bySource: { 'file:test': 14 },
        instances: 5,
        open: 0,
        stuck: 0,
      });
    });
  });
}

function registrationAnswers(store: () => Store, chainOf: ChainOf): void {
  describe('registrations, with causes', () => {
    const good = Array.from({ length: 9 }, (_, i) => registration(`good${i}`, i * 10, 'done')).flat();
    const lost = registration('lost', 200, 'credit-lost');
    beforeEach(() => fill(store(), [...good, ...lost], [REGISTRATION]));

    it('draws parallel what runs in parallel, from causes', async () => {
      const chain = await chainOf('registration');
      expect(chain.view).toBe('causal');
      expect(pairsOf(chain)).toEqual({
        'requested>address-checked': 10,
        'requested>credit-checked': 9,
        'address-checked>registered': 9,
        'credit-checked>registered': 9,
      });
      const fork = chain.transitions.find((t) => t.to === 'credit-checked');
      expect([fork?.forked, fork?.evidence.causal]).toEqual([9, 9]);
    });

    it('keeps broker time and working time apart', async () => {
      const chain = await chainOf('registration');
      const credit = chain.transitions.find((t) => t.to === 'credit-checked');
      expect([credit?.waitUs.p50, credit?.workUs.mean]).toEqual([SECOND_US, 3 * SECOND_US]);
    });

    it('counts by the clock when asked', async () => {
      const chain = await chainOf('registration', {}, 'temporal');
      expect(pairsOf(chain)).toEqual({
        'requested>address-checked': 10,
        'address-checked>credit-checked': 9,
        'credit-checked>registered': 9,
      });
    });

    it('counts steps on the chain and events in the total', async () => {
      const chain = await chainOf('registration');
      expect(chain.events).toBe(9 * 8 + 5);
      expect(chain.activities.find((a) => a.activity === 'requested')).toMatchObject({
        count: 10,
        services: ['registration'],
        consumers: ['address', 'credit'],
        stuckAfter: 1,
      });
    });

    it('is stuck when the expectation is overdue, and not before', async () => {
      const query = { flow: undefined, filter: {}, page: PAGE };
      const dueUs = T0_US + 220 * SECOND_US;
      expect((await store().overdue({ ...query, nowUs: dueUs })).items).toEqual([]);
      const { items, total } = await store().overdue({ ...query, nowUs: dueUs + 1 });
      expect(total).toBe(1);
      expect(items[0]).toMatchObject({
        row: { keys: ['registration:lost'], state: 'stuck' },
        pending: { activity: 'requested', next: ['credit-checked'], dueUs },
        expected: [{ activity: 'credit-checked', service: 'credit', share: 1 }],
        lastError: { message: 'bureau timed out', service: 'credit' },
        percentile: 100,
      });
      expect(await store().waiting()).toMatchObject([{ dueUs }]);
      const stuck = items[0]?.row.instance ?? '';
      for (const [among, expected] of [
        [[stuck, 'x'], 1],
        [['x'], 0],
        [[], 0],
      ] as const)
        expect(await store().overdue({ ...query, among, nowUs: dueUs + 1 })).toMatchObject({
          total: expected,
        });
    });

    it('moves from open to stuck by time alone, and counts no instance twice', async () => {
      const before = await store().counts(T0_US + 210 * SECOND_US);
      const after = await store().counts(T0_US + 230 * SECOND_US);
      expect([before.open, before.stuck, after.open, after.stuck]).toEqual([1, 0, 0, 1]);
    });

    it('gives one instance with steps, causes, events and why they are in it', async () => {
      const [hit] = await store().search('registration:good3', NOW_US);
      const detail = await store().instance(hit?.row.instance ?? '', NOW_US);
      expect(detail?.row).toMatchObject({ state: 'completed', steps: 4, lastActivity: 'registered' });
      expect(detail?.steps.map((s) => [s.activity, s.service, s.causes.map((c) => c.step)])).toEqual([
        ['requested', 'registration', []],
        ['address-checked', 'address', [0]],
        ['credit-checked', 'credit', [0]],
        ['registered', 'registration', [1, 2]],
      ]);
      expect(detail?.members).toHaveLength(8);
      expect(detail?.members.every((member) => member.rule === 'key' && member.step >= 0)).toBe(true);
      expect(detail?.overdue).toBeUndefined();
      const sent = good.find((each) => each.id === detail?.members[0]?.event.id);
      expect(detail?.members[0]?.event).toEqual(sent);
    });

    it('finds by trace', async () => {
      const traceId = lost[0]?.trace?.traceId ?? '';
      expect(await store().search(traceId, NOW_US)).toMatchObject([
        { matched: 'trace', row: { keys: ['registration:lost'] } },
      ]);
    });
  });
}

function writing(store: () => Store, chainOf: ChainOf): void {
  describe('writing', () => {
    it('changes nothing when a batch is written again', async () => {
      const batches = await fill(store(), CLAIMS, [], 4);
      const before = await chainOf('claims');
      for (const batch of batches) {
        const replaced = new Set(batch.instances.map((instance) => instance.no));
        await store().apply({ ...batch, replaced });
      }
      expect(await chainOf('claims')).toEqual(before);
      expect((await store().counts(NOW_US)).events).toBe(CLAIMS.length);
    });

    it('gives the same answers however the events were cut into batches', async () => {
      await fill(store(), CLAIMS, [], 1);
      expect(pairsOf(await chainOf('claims'))['register>check']).toBe(3);
      expect((await store().counts(NOW_US)).instances).toBe(5);
    });

    it('lets instances merge, and resolves every id that was ever given', async () => {
      const order = event({ id: 'e1', type: 'ordered', keys: { order: ['42'] } });
      const payment = event({ id: 'e2', type: 'paid', keys: { payment: ['7'] } });
      const both = event({ id: 'e3', type: 'matched', keys: { order: ['42'], payment: ['7'] } });
      const orders = {
        ...REGISTRATION,
        flow: 'orders',
        name: 'Orders',
        keyTypes: new Set(['order', 'payment']),
      };
      const batches = await fill(store(), [order, payment, both], [orders], 2);
      const ids = batches[0]?.instances.map((instance) => instance.instance) ?? [];
      expect(ids).toHaveLength(2);
      for (const id of ids) {
        const detail = await store().instance(id, NOW_US);
        expect(detail?.row).toMatchObject({ keys: ['order:42', 'payment:7'], steps: 3 });
      }
      expect((await store().counts(NOW_US)).instances).toBe(1);
    });

    it('keeps dead letters once', async () => {
      const letter = {
        id: 'd1',
        source: 'otlp',
        receivedAtUs: T0_US,
        reason: 'no id',
        content: '{}',
        position: 7,
      };
      const empty = { ...NOTHING, resolved: [] };
      await store().apply({ ...empty, deadLetters: [letter] });
      await store().apply({ ...empty, deadLetters: [letter] });
      const page = await store().deadLetters(PAGE);
      expect([page.total, page.items]).toEqual([1, [letter]]);
      expect(await store().deadLettersOf(['d1', 'd2'])).toEqual([letter]);
    });

    it('drops dead letters that are resolved, and keeps one that comes back', async () => {
      const letters = ['d1', 'd2'].map((id) => ({
        id,
        source: 'otlp',
        receivedAtUs: T0_US,
        reason: 'no id',
        content: '{}',
        position: 7,
      }));
      await store().apply({ ...NOTHING, deadLetters: letters, resolved: [] });
      await store().apply({ ...NOTHING, deadLetters: letters.slice(1), resolved: ['d1', 'd3'] });
      expect((await store().deadLetters(PAGE)).items.map(({ id }) => id)).toEqual(['d2']);
      expect((await store().counts(NOW_US)).deadLetters).toBe(1);
    });
  });
}
