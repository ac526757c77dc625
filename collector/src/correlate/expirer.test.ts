import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UNASSIGNED } from '../config/flow.ts';
import type { NormalisedEvent } from '../event/event.ts';
import type { Expiry, ExpiryBounds } from '../event/expiry.ts';
import { eventSets, FLOWS, normalisedEvent, spanEvent, T0_US } from './events.testkit.ts';
import { identityOf, referenceInstances } from './reference.testkit.ts';
import { actions, deliveries, type Entry, type Rows, Simulation } from './simulation.testkit.ts';

const LONG = process.env['THROUGHLINE_LONG'] !== undefined;
const RUNS = LONG ? 20_000 : 400;
const TIMEOUT_MS = LONG ? 1_800_000 : 60_000;

const NEVER: ExpiryBounds = { flows: { fulfilment: 0, shipment: 0, [UNASSIGNED]: 0 }, others: 0, imports: 0 };
const ALWAYS: ExpiryBounds = { flows: {}, others: Number.MAX_SAFE_INTEGER, imports: Number.MAX_SAFE_INTEGER };

/** Names everything that these events could be in. */
function expiryOf(events: readonly NormalisedEvent[], bounds: ExpiryBounds): Expiry {
  const instances = ['fulfilment', 'shipment', 'fines'].flatMap((flow) =>
    events.flatMap(({ scope, keys }) =>
      Object.entries(keys).flatMap(([type, values]) =>
        values.map((value) => ({ flow, scope, key: `${type}:${value}` })),
      ),
    ),
  );
  const traces = events.flatMap(({ scope, trace }) => (trace ? [{ scope, traceId: trace.traceId }] : []));
  return { bounds, instances, traces, events: events.map(({ scope, id }) => ({ scope, id })) };
}

const bound = fc.integer({ min: 0, max: 12 }).map((at) => (at === 0 ? 0 : T0_US + at));
const bounds: fc.Arbitrary<ExpiryBounds> = fc.record({
  flows: fc.record({ fulfilment: bound, shipment: bound, [UNASSIGNED]: bound }),
  others: bound,
  imports: bound,
});

/** Events in any order, received at any time, with expiries of some of them anywhere between. */
const logs: fc.Arbitrary<Entry[]> = eventSets
  .chain((events) =>
    fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: events.length, maxLength: events.length })
      .map((ages) => events.map((event, i) => ({ ...event, receivedAtUs: T0_US + (ages[i] ?? 0) }))),
  )
  .chain((events) =>
    fc
      .tuple(
        deliveries(events),
        fc.array(
          fc.record({
            at: fc.nat({ max: events.length + 2 }),
            among: fc.subarray(events),
            bounds,
          }),
          { maxLength: 4 },
        ),
      )
      .map(([log, expiries]) => {
        const entries: Entry[] = [...log];
        for (const { at, among, bounds: old } of expiries)
          entries.splice(at, 0, { expiry: expiryOf(among, old) });
        return entries;
      }),
  );

/** Said plainly: events that share an instance or a trace go together, if all of them are old enough for each of their flows. */
function leftOf(log: readonly Entry[]): NormalisedEvent[] {
  let left = new Map<string, NormalisedEvent>();
  for (const entry of log) {
    if (!('expiry' in entry)) {
      if (!left.has(identityOf(entry))) left.set(identityOf(entry), entry);
      continue;
    }
    const gone = new Set(goneOf([...left.values()], entry.expiry).map(identityOf));
    left = new Map([...left].filter(([identity]) => !gone.has(identity)));
  }
  return [...left.values()];
}

function goneOf(events: readonly NormalisedEvent[], expiry: Expiry): NormalisedEvent[] {
  const instances = referenceInstances(events, FLOWS);
  const groups: { events: Set<NormalisedEvent>; flows: number[]; named: boolean }[] = instances.map(
    ({ flow, scope, keys, members }) => {
      const own = members.map(({ event }) => event);
      const isImported = own.every((event) => event.source.startsWith('file:') && event.trace === undefined);
      const { flows, others, imports } = expiry.bounds;
      const isTrace = flow === UNASSIGNED;
      return {
        events: new Set(own),
        flows: [isTrace ? Number.NaN : (flows[flow] ?? (isImported ? imports : others))],
        named: expiry.instances.some(
          (each) => each.flow === flow && each.scope === scope && keys.includes(each.key),
        ),
      };
    },
  );
  for (const event of events) {
    const { scope, trace } = event;
    if (trace === undefined) continue;
    const ofTrace = events.filter((other) => other.scope === scope && other.trace?.traceId === trace.traceId);
    const named = expiry.traces.some((each) => each.scope === scope && each.traceId === trace.traceId);
    groups.push({ events: new Set(ofTrace), flows: [], named });
  }
  for (let joined = true; joined; ) {
    joined = false;
    for (const group of groups) {
      const other = groups.find(
        (each) => each !== group && [...each.events].some((e) => group.events.has(e)),
      );
      if (other === undefined) continue;
      for (const event of other.events) group.events.add(event);
      group.flows.push(...other.flows);
      group.named ||= other.named;
      groups.splice(groups.indexOf(other), 1);
      joined = true;
      break;
    }
  }
  const gone = groups.flatMap(({ events: own, flows, named }) => {
    const keyed = flows.filter((at) => !Number.isNaN(at));
    const until =
      keyed.length > 0 ? Math.min(...keyed) : (expiry.bounds.flows[UNASSIGNED] ?? expiry.bounds.others);
    return named && [...own].every((event) => event.receivedAtUs < until) ? [...own] : [];
  });
  const inNone = events.filter((event) => !groups.some((group) => group.events.has(event)));
  const bare = inNone.filter(
    ({ scope, id, receivedAtUs }) =>
      receivedAtUs < expiry.bounds.others &&
      expiry.events.some((each) => each.scope === scope && each.id === id),
  );
  return [...gone, ...bare];
}

/** What an instance is, without numbers. */
function membersOf(rows: Rows): string[] {
  return [...rows.byNo.values()]
    .map(({ flow, scope, keys, members }) => {
      const names = members.map(({ event, rule }) => `${event.id} ${rule}`).sort();
      return JSON.stringify([flow, scope, keys, names]);
    })
    .sort();
}

function expectedMembers(left: readonly NormalisedEvent[]): string[] {
  return referenceInstances(left, FLOWS)
    .map(({ flow, scope, keys, members }) => {
      const names = members.map(({ event, rule }) => `${event.id} ${rule}`).sort();
      return JSON.stringify([flow, scope, flow === UNASSIGNED ? [] : [...keys].sort(), names]);
    })
    .sort();
}

describe('expiry', () => {
  it(
    'leaves what the reference makes of the events that are left, whatever crashes and is replayed',
    async () => {
      await fc.assert(
        fc.asyncProperty(logs, actions, async (log, happenings) => {
          const simulation = new Simulation(log, FLOWS);
          const rows = await simulation.run(happenings);
          const left = leftOf(log);
          expect(membersOf(rows)).toEqual(expectedMembers(left));
          expect(simulation.events.size).toBe(left.length);
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    },
    TIMEOUT_MS,
  );

  it(
    'leaves nothing in the state when everything has expired',
    async () => {
      await fc.assert(
        fc.asyncProperty(logs, actions, async (log, happenings) => {
          const events = log.flatMap((entry) => ('expiry' in entry ? [] : [entry]));
          const simulation = new Simulation([...log, { expiry: expiryOf(events, ALWAYS) }], FLOWS);
          const rows = await simulation.run(happenings);
          expect([...simulation.state.keys()]).toEqual(['m']);
          expect([rows.byNo.size, simulation.events.size]).toEqual([0, 0]);
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    },
    TIMEOUT_MS,
  );

  it('keeps an instance as long as another one shares a trace with it that is to stay', async () => {
    const shared = [
      spanEvent('ta/1', { keys: { order: ['1'] } }),
      spanEvent('ta/2', { keys: { order: ['2'] }, parent: '1' }),
      spanEvent('tb/1', { keys: { order: ['2'] }, receivedAtUs: T0_US + 9 }),
    ];
    const old: ExpiryBounds = {
      ...NEVER,
      flows: { ...NEVER.flows, fulfilment: T0_US + 5, shipment: T0_US + 5 },
    };
    const expiry = expiryOf(shared.slice(0, 1), old);
    const kept = await new Simulation([...shared, { expiry }], FLOWS).run([]);
    expect(kept.byNo.size).toBe(4);
    const gone = await new Simulation([...shared.slice(0, 2), { expiry }], FLOWS).run([]);
    expect(gone.byNo.size).toBe(0);
  });

  it('keeps what came from files alone by the bound of imports, unless its flow is configured', async () => {
    const row = normalisedEvent({
      id: 'file:a:1',
      source: 'file:a',
      declaredFlow: 'fines',
      keys: { fines: ['1'] },
    });
    const after = async (old: ExpiryBounds): Promise<number> => {
      const rows = await new Simulation([row, { expiry: expiryOf([row], old) }], FLOWS).run([]);
      return rows.byNo.size;
    };
    const late = T0_US + 1;
    expect(await after({ ...NEVER, others: late })).toBe(1);
    expect(await after({ ...NEVER, imports: late })).toBe(0);
    expect(await after({ ...NEVER, flows: { fines: late } })).toBe(0);
  });

  it('takes what comes again afterwards for a new instance', async () => {
    const event = spanEvent('ta/1', { keys: { order: ['1'] } });
    const simulation = new Simulation([event, { expiry: expiryOf([event], ALWAYS) }, event], FLOWS);
    const rows = await simulation.run([]);
    expect([...rows.byNo.values()].map(({ keys }) => keys)).toEqual([['order:1'], ['order:1']]);
    expect([...simulation.events]).toEqual([3]);
  });
});
