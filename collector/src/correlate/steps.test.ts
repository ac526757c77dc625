import { describe, expect, it } from 'vitest';
import { undeclaredFlow } from '../config/flow.ts';
import { span, T0_US } from './events.testkit.ts';
import type { CorrelatedEvent } from './model.ts';
import { sortEvents } from './order.ts';
import { stepsOf } from './steps.ts';

const FLOW = undeclaredFlow('orders');

/** A step as `activity [events] service>consumers start-end`, with times after T0. */
function shown(events: readonly CorrelatedEvent[], flow = FLOW): string[] {
  return stepsOf(sortEvents(events), flow).map((step) => {
    const ids = step.events.map(({ id }) => id).join(' ');
    const who = `${step.service}>${step.consumers.join(',')}`;
    return `${step.activity} [${ids}] ${who} ${step.startUs - T0_US}-${step.endUs - T0_US}`;
  });
}

describe('steps', () => {
  it('join a publication with all its consumptions, by parent and by link; it ends when it is published', () => {
    const events = [
      span('t/p', { at: 0, durationUs: 3, message: ['published', 'placed'], service: 'shop' }),
      span('t/a', { at: 10, durationUs: 5, parent: 'p', message: ['consumed', 'placed'], service: 'bank' }),
      span('u/b', { at: 12, links: ['t/p'], message: ['consumed', 'placed'], service: 'depot' }),
      span('v/c', { at: 14, links: ['t/p'], message: ['consumed', 'placed'], service: 'bank' }),
    ];
    expect(shown(events)).toEqual(['placed [t/p t/a u/b v/c] shop>bank,depot 0-3']);
  });

  it('find the publication by destination and message id where no span says it', () => {
    const events = [
      span('t/p', { message: ['published', 'placed', 'm1'], service: 'shop' }),
      span('u/q', { at: 1, message: ['published', 'placed', 'm2'], service: 'shop' }),
      span('v/c', { at: 2, message: ['consumed', 'placed', 'm2'], service: 'bank' }),
      span('w/d', { at: 3, message: ['consumed', 'other', 'm1'], service: 'bank' }),
    ];
    expect(shown(events)).toEqual([
      'placed [t/p] shop> 0-0',
      'placed [u/q v/c] shop>bank 1-1',
      'other [w/d] >bank 3-3',
    ]);
  });

  it('join receive and process of one message, whichever clock is ahead', () => {
    const receive = (at: number) =>
      span('u/r', { at, links: ['t/p'], message: ['consumed', 'placed'], service: 'bank' });
    const process = span('u/s', { at: 20, parent: 'r', message: ['consumed', 'placed'], service: 'bank' });
    const publish = span('t/p', { message: ['published', 'placed'], service: 'shop' });
    expect(shown([publish, receive(10), process])).toEqual(['placed [t/p u/r u/s] shop>bank 0-0']);
    expect(shown([publish, receive(30), process])).toEqual(['placed [t/p u/r u/s] shop>bank 0-0']);
  });

  it('make create and send of one message one step that ends with the later of them', () => {
    const events = [
      span('t/c', { at: 0, durationUs: 1, message: ['published', 'placed', 'm1'], service: 'shop' }),
      span('t/s', {
        at: 4,
        durationUs: 2,
        message: ['published', 'placed', 'm1'],
        service: 'shop',
        status: 'error',
      }),
      span('u/r', { at: 9, links: ['t/c'], message: ['consumed', 'placed', 'm1'], service: 'bank' }),
    ];
    expect(shown(events)).toEqual(['placed [t/c t/s u/r] shop>bank 0-6']);
    expect(stepsOf(events, FLOW)[0]?.status).toBe('error');
  });

  it('share the batch span of a consumer among all publications that it links', () => {
    const events = [
      span('t/p', { at: 0, message: ['published', 'placed'], service: 'shop' }),
      span('u/q', { at: 1, message: ['published', 'placed'], service: 'shop' }),
      span('w/x', { at: 2, message: ['published', 'cancelled'], service: 'shop' }),
      span('v/b', { at: 9, links: ['t/p', 'u/q', 'w/x'], message: ['consumed', 'placed'], service: 'bank' }),
    ];
    expect(shown(events)).toEqual([
      'placed [t/p v/b] shop>bank 0-0',
      'placed [u/q v/b] shop>bank 1-1',
      'cancelled [w/x] shop> 2-2',
    ]);
  });

  it('are made of a consumption alone where the publication was not seen; no service is said to have done it', () => {
    const consumption = span('u/c', {
      at: 5,
      durationUs: 9,
      parent: 'gone',
      message: ['consumed', 'placed'],
      service: 'bank',
    });
    expect(shown([consumption])).toEqual(['placed [u/c] >bank 5-5']);
    expect(stepsOf([consumption], FLOW)[0]?.published).toBe(false);
  });

  it('join two consumers of one unseen publication: same parent, same link, or same message id', () => {
    const one = (path: string, fields: object) =>
      span(path, { message: ['consumed', 'placed'], service: path.slice(0, 1), ...fields });
    expect(shown([one('a/1', { parent: 'gone' }), one('a/2', { at: 1, parent: 'gone' })])).toEqual([
      'placed [a/1 a/2] >a 0-0',
    ]);
    expect(shown([one('a/1', { links: ['x/gone'] }), one('b/2', { at: 1, links: ['x/gone'] })])).toEqual([
      'placed [a/1 b/2] >a,b 0-0',
    ]);
    const byId = { message: ['consumed', 'placed', 'm1'] };
    expect(shown([one('a/1', byId), one('b/2', { at: 1, ...byId })])).toEqual(['placed [a/1 b/2] >a,b 0-0']);
  });

  it('keep two unseen publications apart that one poll received', () => {
    const one = (path: string, at: number, link: string, id: string) =>
      span(path, { at, parent: 'poll', links: [link], message: ['consumed', 'placed', id], service: 'bank' });
    expect(shown([one('a/1', 0, 'x/1', ''), one('a/2', 1, 'y/2', '')])).toHaveLength(2);
    const noLinks = (path: string, at: number, id: string) =>
      span(path, { at, parent: 'poll', message: ['consumed', 'placed', id], service: 'bank' });
    expect(shown([noLinks('a/1', 0, 'm1'), noLinks('a/2', 1, 'm2')])).toHaveLength(2);
  });

  it('leave out operations, unless the flow maps them', () => {
    const flow = {
      ...FLOW,
      activities: new Map([
        ['POST /orders', 'order placed'],
        ['placed', 'order was placed'],
      ]),
    };
    const events = [
      span('t/1', { type: 'POST /orders', service: 'shop', durationUs: 8 }),
      span('t/2', { at: 1, parent: '1', type: 'SELECT', service: 'shop' }),
      span('t/3', { at: 2, parent: '2', message: ['published', 'placed'], service: 'shop' }),
    ];
    expect(shown(events)).toEqual(['placed [t/3] shop> 2-2']);
    expect(shown(events, flow)).toEqual(['order placed [t/1] shop> 0-8', 'order was placed [t/3] shop> 2-2']);
  });

  it('are failed where a consumer failed', () => {
    const events = [
      span('t/p', { message: ['published', 'placed'], status: 'ok' }),
      span('t/c', { at: 1, parent: 'p', message: ['consumed', 'placed'], status: 'error' }),
    ];
    expect(stepsOf(events, FLOW).map(({ status }) => status)).toEqual(['error']);
  });
});
