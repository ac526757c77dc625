import { describe, expect, it } from 'vitest';
import { undeclaredFlow } from '../config/flow.ts';
import { span } from './events.testkit.ts';
import type { CorrelatedEvent } from './model.ts';
import { sortEvents } from './order.ts';
import { stepsOf } from './steps.ts';

/** A step as `activity [events] service>consumers`. */
function shown(events: readonly CorrelatedEvent[], activities = new Map<string, string>()): string[] {
  const flow = { ...undeclaredFlow('orders'), activities };
  return stepsOf(sortEvents(events), flow).map(
    (step) =>
      `${step.activity} [${step.events.map(({ id }) => id).join(' ')}] ${step.service}>${step.consumers.join(',')}`,
  );
}

const published = span('t/p', { at: 5, message: ['published', 'orders'], service: 'shop' });
const consumed = span('t/c', { at: 9, parent: 'p', message: ['consumed', 'orders'], service: 'bank' });
const recorded = span('t/r', { at: 1, parent: 'p', message: ['recorded', 'orders', '0-7'] });

describe('a message that stands in a topic', () => {
  it('is the message that its sender published, also when its clock is ahead', () => {
    expect(shown([published, recorded, consumed])).toEqual(['orders [t/p t/r t/c] shop>bank']);
    expect(shown([recorded, published, consumed])).toEqual(['orders [t/p t/r t/c] shop>bank']);
  });

  it('names the step where it says what it is', () => {
    const named = { ...recorded, type: 'OrderPlaced' };
    expect(shown([published, named, consumed])).toEqual(['OrderPlaced [t/p t/r t/c] shop>bank']);
    expect(shown([published, named], new Map([['OrderPlaced', 'Order placed']]))).toEqual([
      'Order placed [t/p t/r] shop>',
    ]);
  });

  it('is a step of its own where its sender published to another topic', () => {
    const elsewhere = span('t/p', { message: ['published', 'payments'], service: 'shop' });
    expect(shown([elsewhere, recorded])).toEqual(['payments [t/p] shop>', 'orders [t/r] >']);
  });

  it('stands for its publication where no span tells of one', () => {
    expect(shown([recorded, consumed])).toEqual(['orders [t/r t/c] >bank']);
    const server = span('t/p', { service: 'shop' });
    expect(shown([server, recorded, consumed])).toEqual(['orders [t/r t/c] >bank']);
  });

  it('is found by its place in the topic where traces do not say it', () => {
    const other = span('u/d', { at: 10, message: ['consumed', 'orders', '0-7'], service: 'depot' });
    expect(shown([recorded, other])).toEqual(['orders [t/r u/d] >depot']);
    const sent = span('v/p', { message: ['published', 'orders', '0-7'], service: 'shop' });
    expect(shown([{ ...recorded, trace: undefined }, sent])).toEqual(['orders [v/p t/r] shop>']);
  });

  it('leaves two messages of one span apart where they are different things, and asks for their places', () => {
    const first = { ...recorded, type: 'A' };
    const second = span('t/s', { at: 6, parent: 'p', type: 'B', message: ['recorded', 'orders', '0-8'] });
    expect(shown([published, first, second])).toEqual(['A [t/p t/r] shop>', 'B [t/s] >']);
    const of = (id: string, place: string) =>
      span(id, { at: 9, parent: 'p', message: ['consumed', 'orders', place], service: 'bank' });
    expect(shown([first, second, of('t/c', '0-8'), of('t/d', '0-7')])).toEqual([
      'A [t/r t/d] >bank',
      'B [t/s t/c] >bank',
    ]);
  });
});
