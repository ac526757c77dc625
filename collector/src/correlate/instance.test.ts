import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FlowDefinition, UNASSIGNED, undeclaredFlow } from '../config/flow.ts';
import {
  correlated,
  eventSets,
  FLOWS,
  normalisedEvent,
  type SpanFields,
  span,
  T0_US,
} from './events.testkit.ts';
import { instanceId } from './identity.ts';
import { assembleInstance, type InstanceIdentity } from './instance.ts';
import type { CorrelatedEvent } from './model.ts';
import { comparable } from './simulation.testkit.ts';

const IDENTITY: InstanceIdentity = { no: 1, scope: 'a/b', keys: ['order:1'], merged: [], formerly: [] };

function flowWith(fields: Partial<FlowDefinition> = {}): FlowDefinition {
  return { ...undeclaredFlow('orders'), keyTypes: new Set(['order']), ...fields };
}

function assemble(events: readonly CorrelatedEvent[], flow = flowWith(), identity = IDENTITY) {
  return assembleInstance(
    identity,
    events.map((event) => ({ event, rule: 'key' })),
    flow,
  );
}

let count = 0;
function step(type: string, at: number, fields: SpanFields = {}): CorrelatedEvent {
  count++;
  return span(`t${count}/${type}`, { type, at, kind: 'event', service: `${type}-service`, ...fields });
}

describe('the state of an instance', () => {
  const flow = flowWith({ ends: new Set(['delivered', 'cancelled']) });

  it('is open until one of the declared ends, then completed, or failed where that ended in an error', () => {
    expect(assemble([step('placed', 0)], flow).state).toBe('open');
    expect(assemble([step('placed', 0), step('delivered', 1)], flow).state).toBe('completed');
    expect(assemble([step('delivered', 1, { status: 'error' })], flow).state).toBe('failed');
    expect(assemble([step('placed', 0, { status: 'error' }), step('cancelled', 1)], flow).state).toBe(
      'completed',
    );
  });

  it('is not changed by a consumer that fails on the message of the end', () => {
    const end = span('t/end', { at: 1, message: ['published', 'delivered', 'm1'] });
    const mail = span('t/mail', { at: 2, message: ['consumed', 'delivered', 'm1'], status: 'error' });
    expect(assemble([end, mail], flow)).toMatchObject({
      state: 'completed',
      lastError: { service: mail.service },
    });
  });

  it('is that of the last end, and stays when something follows', () => {
    const failed = step('delivered', 1, { status: 'error' });
    expect(assemble([failed, step('delivered', 2)], flow).state).toBe('completed');
    expect(assemble([failed, step('placed', 3)], flow).state).toBe('failed');
  });

  it('without declared ends is open for live events and completed for imported ones', () => {
    const row = correlated(normalisedEvent({ id: 'row', declaredFlow: 'orders' }));
    expect(assemble([step('placed', 0)]).state).toBe('open');
    expect(assemble([row]).state).toBe('completed');
    expect(assemble([row], flow).state).toBe('open');
  });
});

describe('what an instance waits for', () => {
  const flow = flowWith({
    ends: new Set(['delivered']),
    expectations: [
      { after: 'placed', next: ['paid', 'cancelled'], withinUs: 100 },
      { after: 'paid', next: ['shipped'], withinUs: 20 },
    ],
  });
  const waiting = (...events: CorrelatedEvent[]) => {
    const pending = assemble(events, flow).pending;
    return (
      pending && [
        pending.activity,
        pending.service,
        pending.next.join(),
        pending.sinceUs - T0_US,
        pending.dueUs - T0_US,
      ]
    );
  };

  it('is what should follow, counted from the end of the step', () => {
    expect(waiting(step('placed', 0, { durationUs: 5 }))).toEqual([
      'placed',
      'placed-service',
      'paid,cancelled',
      5,
      105,
    ]);
    expect(waiting(step('started', 0))).toBeUndefined();
  });

  it('is met by any of the expected steps', () => {
    expect(waiting(step('placed', 0), step('cancelled', 7))).toBeUndefined();
    expect(waiting(step('placed', 0), step('paid', 7))).toEqual(['paid', 'paid-service', 'shipped', 7, 27]);
  });

  it('begins again with a repeated step', () => {
    const events = [step('placed', 0), step('cancelled', 7), step('placed', 50)];
    expect(waiting(...events)).toEqual(['placed', 'placed-service', 'paid,cancelled', 50, 150]);
    expect(waiting(...events, step('paid', 60), step('shipped', 70))).toBeUndefined();
  });

  it('is the one that is due first', () => {
    expect(waiting(step('paid', 0), step('placed', 1))?.[0]).toBe('paid');
    expect(waiting(step('paid', 90), step('placed', 1), step('placed', 95))?.[0]).toBe('paid');
  });

  it('is met by what the step led to, though the clock of that service is behind', () => {
    const placed = span('t/p', { at: 50, message: ['published', 'placed'] });
    const paid = span('t/q', { at: 20, parent: 'p', message: ['published', 'paid'] });
    const shipped = span('t/s', { at: 30, parent: 'q', message: ['published', 'shipped'] });
    expect(waiting(placed, paid, shipped)).toBeUndefined();
    expect(waiting(placed, step('paid', 20), step('shipped', 30))?.[0]).toBe('placed');
  });

  it('is nothing once it has ended', () => {
    expect(waiting(step('placed', 0), step('delivered', 1))).toBeUndefined();
  });
});

describe('an instance', () => {
  it('shows the last error with who had it and when it ended', () => {
    const error = (message: string) => ({ type: 'Timeout', message });
    const events = [
      step('a', 0, { status: 'error', error: error('first') }),
      step('b', 5, { status: 'error', error: error('last'), durationUs: 3 }),
      step('c', 9),
    ];
    expect(assemble(events).lastError).toEqual({
      ...error('last'),
      service: 'b-service',
      atUs: T0_US + 8,
    });
    expect(assemble([step('a', 0, { status: 'error' })]).lastError?.message).toBe('');
    expect(assemble([step('c', 0)]).lastError).toBeUndefined();
  });

  it('is named by its smallest key, and found by all others and by what it was before', () => {
    const identity = {
      ...IDENTITY,
      keys: ['payment:7', 'order:2', 'order:10'],
      merged: ['m'],
      formerly: ['f'],
    };
    const { instance, keys, aliases, mergedFrom } = assemble([step('a', 0)], flowWith(), identity);
    const id = (key: string) => instanceId('a/b', 'orders', key);
    expect({ instance, keys, aliases, mergedFrom }).toEqual({
      instance: id('order:10'),
      keys: ['order:10', 'order:2', 'payment:7'],
      aliases: [id('order:2'), id('payment:7'), 'f'],
      mergedFrom: ['m'],
    });
  });

  it('of a trace without keys has none', () => {
    const identity = { ...IDENTITY, keys: ['trace:t'] };
    expect(assemble([step('a', 0)], undeclaredFlow(UNASSIGNED), identity).keys).toEqual([]);
    expect(assemble([step('a', 0)], undeclaredFlow('trace'), identity).keys).toEqual(['trace:t']);
  });

  it('lasts from its first start to its last end, and knows the place of every event', () => {
    const events = [
      span('t/a', { at: 3, durationUs: 50, service: 'shop' }),
      span('t/b', { at: 4, parent: 'a', message: ['published', 'placed'], service: 'shop' }),
      span('t/c', { at: 9, parent: 'b', message: ['consumed', 'placed'], service: 'bank' }),
    ];
    const { startUs, lastUs, members, services } = assemble(events);
    expect([startUs - T0_US, lastUs - T0_US]).toEqual([3, 53]);
    expect(members.map(({ event, step: place }) => [event.id, place])).toEqual([
      ['t/a', -1],
      ['t/b', 0],
      ['t/c', 0],
    ]);
    expect(services).toEqual(['shop', 'bank']);
  });

  it('is the same from whatever order its events come in, and its causes are never a circle', () => {
    const ofOneScope = eventSets.map((events) => events.filter(({ scope }) => scope === events[0]?.scope));
    const given = ofOneScope.chain((events) =>
      fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
    );
    const flow = FLOWS.get('fulfilment') ?? flowWith();
    fc.assert(
      fc.property(given, ([events, shuffled]) => {
        const document = assemble(events.map(correlated), flow);
        expect(comparable(assemble(shuffled.map(correlated), flow))).toEqual(comparable(document));
        for (const place of document.steps.keys()) expect(isAboveItself(document.causes, place)).toBe(false);
        for (const list of document.causes)
          for (const { waitUs, workUs } of list) expect(Math.min(waitUs, workUs)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});

function isAboveItself(causes: readonly (readonly { readonly step: number }[])[], place: number): boolean {
  const seen = new Set<number>();
  const stack = [place];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const { step: cause } of causes[at] ?? []) {
      if (cause === place) return true;
      if (!seen.has(cause)) stack.push(cause);
      seen.add(cause);
    }
  }
  return false;
}
