import { describe, expect, it } from 'vitest';
import { undeclaredFlow } from '../config/flow.ts';
import { causesOf } from './causes.ts';
import { span } from './events.testkit.ts';
import type { CorrelatedEvent } from './model.ts';
import { sortEvents } from './order.ts';
import { stepsOf } from './steps.ts';

const FLOW = undeclaredFlow('registration');

/** `from→to wait+work`, with `?` for temporal, `~` for inferred and `!` for overlap. */
function shown(events: readonly CorrelatedEvent[]): string[] {
  const sorted = sortEvents(events);
  const steps = stepsOf(sorted, FLOW);
  return causesOf(steps, sorted).flatMap((list, place) =>
    list.map((cause) => {
      const marks = `${cause.evidence === 'temporal' ? '?' : ''}${cause.inferred ? '~' : ''}${cause.overlapUs > 0 ? '!' : ''}`;
      const from = steps[cause.step]?.activity;
      return `${from}→${steps[place]?.activity}${marks} ${cause.waitUs}+${cause.workUs}`;
    }),
  );
}

const published = (path: string, topic: string, at: number, fields: object = {}) =>
  span(path, { at, message: ['published', topic], service: `${topic}-service`, ...fields });
const consumed = (path: string, topic: string, at: number, fields: object = {}) =>
  span(path, { at, message: ['consumed', topic], ...fields });

/** Registration: requested → (address ∥ credit) → registered, with or without links at the join. */
function registration(links: readonly string[], last: string): CorrelatedEvent[] {
  return [
    published('t/r', 'requested', 0, { durationUs: 2, service: 'registration' }),
    consumed('t/ra', 'requested', 10, { parent: 'r', service: 'address' }),
    consumed('t/rc', 'requested', 11, { parent: 'r', service: 'credit' }),
    published('t/a', 'address', 20, { parent: 'ra', service: 'address' }),
    published('t/c', 'credit', 31, { parent: 'rc', service: 'credit' }),
    consumed('t/ar', 'address', 25, { parent: 'a', service: 'registration' }),
    consumed('t/cr', 'credit', 35, { parent: 'c', service: 'registration' }),
    published('t/d', 'registered', 40, { parent: last, links, service: 'registration' }),
  ];
}

describe('causes', () => {
  it('of steps without any evidence are the steps before them in time', () => {
    const row = (path: string, at: number, durationUs = 0) => span(path, { at, durationUs, kind: 'event' });
    expect(shown([row('t/a', 0, 3), row('t/b', 5, 4), row('t/c', 7)])).toEqual([
      't/a→t/b? 2+0',
      't/b→t/c?! 0+0',
    ]);
  });

  it('lead over a message that is known by itself, which has no span, to what another service did because of it', () => {
    const message = (path: string, at: number, parent: string) =>
      span(path, { at, parent, message: ['recorded', path] });
    const handler = (path: string, service: string, parent: string, at: number) =>
      span(path, { at, service, parent });
    const events = [
      handler('t/s', 'orders', '', 0),
      message('t/placed', 5, 's'),
      handler('t/query', 'orders', 's', 6),
      message('t/noted', 7, 'query'),
      handler('t/p', 'payment', 's', 10),
      message('t/paid', 20, 'p'),
      message('t/receipt', 21, 'p'),
      handler('t/m', 'mail', 'unseen', 30),
      message('t/sent', 31, 'm'),
      message('t/asked', 29, 'unseen'),
    ];
    // What the sender itself went on to do is no effect of what it sent.
    expect(shown(events)).toEqual([
      't/placed→t/noted? 2+0',
      't/placed→t/paid 15+0',
      't/placed→t/receipt 16+0',
      't/receipt→t/asked? 8+0',
      't/asked→t/sent 2+0',
    ]);
  });

  it('split waiting and working time at the consumption', () => {
    const events = [
      published('t/a', 'placed', 0, { durationUs: 2 }),
      consumed('t/b', 'placed', 10, { parent: 'a' }),
      published('t/c', 'paid', 17, { parent: 'b' }),
    ];
    expect(shown(events)).toEqual(['placed→paid 8+7']);
  });

  it('fork and join by links', () => {
    expect(shown(registration(['t/ar'], 'cr'))).toEqual([
      'requested→address 8+10',
      'requested→credit 9+20',
      'address→registered 5+15',
      'credit→registered 4+5',
    ]);
  });

  it('let a parallel leaf join by its place in time where the join has no links', () => {
    expect(shown(registration([], 'cr'))).toEqual([
      'requested→address 8+10',
      'requested→credit 9+20',
      'credit→registered 4+5',
      'address→registered?~ 20+0',
    ]);
  });

  it('let a leaf join what a service published that consumed it, before what came first', () => {
    const events = [
      ...registration([], 'cr').filter(({ id }) => id !== 't/d'),
      consumed('t/cm', 'credit', 36, { parent: 'c', service: 'mail' }),
      published('t/m', 'mailed', 37, { parent: 'cm', service: 'mail' }),
      published('t/d', 'registered', 40, { parent: 'cr', service: 'registration' }),
    ];
    expect(shown(events).filter((line) => line.startsWith('address'))).toEqual(['address→registered?~ 20+0']);
  });

  it('leave the last steps of parallel branches as ends', () => {
    expect(shown(registration([], 'cr').filter(({ id }) => id !== 't/d'))).toEqual([
      'requested→address 8+10',
      'requested→credit 9+20',
    ]);
  });

  it('cross operations and consumptions of other steps', () => {
    const events = [
      published('t/a', 'placed', 0),
      consumed('t/b', 'placed', 10, { parent: 'a' }),
      span('t/h', { at: 11, parent: 'b', type: 'POST /pay' }),
      span('t/s', { at: 12, parent: 'h', type: 'POST /pay' }),
      published('t/c', 'paid', 20, { parent: 's' }),
    ];
    expect(shown(events)).toEqual(['placed→paid 10+10']);
  });

  it('are without those that only say again what another one says', () => {
    const events = [
      published('t/a', 'placed', 0),
      consumed('t/b', 'placed', 1, { parent: 'a' }),
      published('t/c', 'paid', 2, { parent: 'b' }),
      consumed('t/d', 'paid', 3, { parent: 'c' }),
      published('t/e', 'shipped', 4, { parent: 'd', links: ['t/b', 't/a'] }),
    ];
    expect(shown(events)).toEqual(['placed→paid 1+1', 'paid→shipped 1+1']);
  });

  it('stay true under skewed clocks: waits are never negative, and overlaps are flagged', () => {
    const events = [
      published('t/a', 'placed', 10, { durationUs: 5 }),
      consumed('t/b', 'placed', 7, { parent: 'a' }),
      published('t/c', 'paid', 8, { parent: 'b' }),
    ];
    expect(shown(events)).toEqual(['placed→paid! 0+1']);
  });

  it('tell what two clocks can not both be right about, and only that', () => {
    const skews = (...unsorted: CorrelatedEvent[]) => {
      const events = sortEvents(unsorted);
      const steps = stepsOf(events, FLOW);
      return causesOf(steps, events).flatMap((list) => list.map((cause) => cause.skew));
    };
    const sent = published('t/a', 'placed', 10, { service: 'orders', durationUs: 5 });
    const paid = published('t/c', 'paid', 30, { service: 'billing', parent: 'b' });
    const taken = (at: number, service = 'billing') =>
      consumed('t/b', 'placed', at, { service, parent: 'a' });
    // Consumed before it was sent: it takes two clocks for that.
    expect(skews(sent, taken(7), paid)).toEqual([{ service: 'billing', atLeastUs: 3 }]);
    // While it was still being sent, and within one service: the clocks may be right.
    expect(skews(sent, taken(12), paid)).toEqual([undefined]);
    expect(skews(sent, taken(7, 'orders'), paid)).toEqual([undefined]);
    // A call that begins before its caller did.
    const called = published('t/d', 'paid', 4, { service: 'billing', parent: 'a' });
    expect(skews(sent, called)).toEqual([{ service: 'billing', atLeastUs: 6 }]);
  });

  it('are never a circle, also where the clock puts an effect before its cause', () => {
    const events = [
      published('t/c', 'paid', 0, { parent: 'b' }),
      consumed('t/b', 'placed', 5, { parent: 'a' }),
      published('t/a', 'placed', 9),
      published('u/x', 'other', 12),
    ];
    expect(shown(events)).toEqual(['placed→paid! 0+0', 'placed→other? 3+0']);
  });

  it('end where spans name each other, and keep the way that the clock allows', () => {
    const events = [
      published('t/a', 'a', 0, { parent: 'b' }),
      published('t/b', 'b', 1, { parent: 'a' }),
      published('t/c', 'c', 2, { parent: 'b', links: ['t/a'] }),
    ];
    expect(shown(events)).toEqual(['a→b 1+0', 'b→c 1+0']);
  });

  it('of a message whose publication was not seen are those of its consumption', () => {
    const events = [
      published('t/a', 'placed', 0),
      consumed('t/b', 'placed', 4, { parent: 'a' }),
      span('t/h', { at: 5, parent: 'b' }),
      consumed('t/c', 'paid', 9, { parent: 'h' }),
    ];
    expect(shown(events)).toEqual(['placed→paid 4+5']);
  });
});

/** A way that looks at everything once more for each step takes minutes, or all memory. */
describe('causes of large instances do not take long', () => {
  const SIZE = 20_000;
  const measured: readonly [name: string, events: () => CorrelatedEvent[]][] = [
    [
      'a chain in which every step links the two before it',
      () =>
        Array.from({ length: SIZE }, (_, i) =>
          published(`t/${i}`, 'a', i, { parent: `${i - 1}`, links: [`t/${i - 2}`] }),
        ),
    ],
    [
      'one step that leads to all others',
      () =>
        Array.from({ length: SIZE }, (_, i) => published(`t/${i}`, 'a', i, { parent: i === 0 ? '' : '0' })),
    ],
    [
      'a chain with a leaf at every step',
      () =>
        Array.from({ length: SIZE }, (_, i) =>
          published(`t/${i}`, 'a', i, { parent: `${i % 2 === 0 ? i - 2 : i - 1}` }),
        ),
    ],
    [
      'one step that leads to all, and one that waits for all',
      () => {
        const middle = Array.from({ length: SIZE }, (_, i) =>
          published(`t/${i + 1}`, 'a', i + 1, { parent: '0' }),
        );
        const links = middle.map(({ id }) => id);
        return [published('t/0', 'a', 0), ...middle, published('t/end', 'a', SIZE + 1, { links })];
      },
    ],
    [
      'a chain whose clock runs backwards',
      () =>
        Array.from({ length: SIZE }, (_, i) => published(`t/${i}`, 'a', SIZE - i, { parent: `${i - 1}` })),
    ],
    [
      'a chain of operations below which everything happens',
      () =>
        Array.from({ length: SIZE }, (_, i) =>
          i < SIZE / 2
            ? span(`t/${i}`, { at: i, parent: `${i - 1}` })
            : published(`t/${i}`, 'a', i, { parent: `${SIZE / 2 - 1}` }),
        ),
    ],
  ];
  it.each(measured)('%s', (_, eventsOf) => {
    const events = sortEvents(eventsOf());
    const steps = stepsOf(events, FLOW);
    const start = performance.now();
    causesOf(steps, events);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
