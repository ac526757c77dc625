import { describe, expect, it } from 'vitest';
import type { AttributeValue, MessageContext } from '../event/event.ts';
import { emptySpan, SPAN_KIND } from '../receive/otlp/span.ts';
import { messageOf } from './messaging.ts';

const LINK = { traceId: '11'.repeat(16), spanId: '22'.repeat(8) };

function message(
  kind: keyof typeof SPAN_KIND,
  attributes: Record<string, AttributeValue>,
  name = 'a span',
  links: { traceId: string; spanId: string }[] = [],
): MessageContext | undefined {
  return messageOf({ ...emptySpan(), kind: SPAN_KIND[kind], attributes, name, links }, name);
}

const ORDERS = { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' };
const typed = (type: string) => ({ ...ORDERS, 'messaging.operation.type': type });

describe('the role of a messaging span (conventions 1.40.0)', () => {
  it.each([
    ['producer', 'create', 'published'],
    ['producer', 'send', 'published'],
    ['client', 'send', 'published'],
    ['client', 'receive', 'consumed'],
    ['consumer', 'process', 'consumed'],
    ['internal', 'process', 'consumed'],
  ] as const)('of a %s that does %s is %s', (kind, type, role) => {
    expect(message(kind, typed(type))).toEqual({ role, destination: 'orders', messageId: '' });
  });

  it('is none for a settlement, whatever its kind', () => {
    expect(message('client', typed('settle'))).toBeUndefined();
    expect(message('consumer', typed('settle'))).toBeUndefined();
  });

  it('is none for a client that sends messages which have create spans of their own', () => {
    expect(message('client', typed('send'), 'send orders', [LINK])).toBeUndefined();
    expect(message('producer', typed('send'), 'send orders', [LINK])?.role).toBe('published');
    expect(message('client', typed('receive'), 'receive orders', [LINK])?.role).toBe('consumed');
  });

  it.each([
    ['publish', 'published'],
    ['send', 'published'],
    ['create', 'published'],
    ['receive', 'consumed'],
    ['process', 'consumed'],
    ['deliver', 'consumed'],
    ['Publish', 'published'],
  ] as const)('of the older messaging.operation %s is %s', (operation, role) => {
    expect(message('client', { ...ORDERS, 'messaging.operation': operation })?.role).toBe(role);
  });

  it('comes from the operation name where there is no type', () => {
    expect(message('client', { ...ORDERS, 'messaging.operation.name': 'publish' })?.role).toBe('published');
    expect(message('client', { ...ORDERS, 'messaging.operation.name': 'ack' })).toBeUndefined();
  });

  it('is none for spans that only look like it', () => {
    expect(message('client', typed('constructor'))).toBeUndefined();
    expect(message('client', { 'messaging.operation.type': 'send' })).toBeUndefined();
    expect(message('server', { 'http.request.method': 'POST' })).toBeUndefined();
    expect(message('internal', {})).toBeUndefined();
  });

  it('needs no attributes where the kind says it', () => {
    expect(message('producer', {}, 'send orders.placed')).toMatchObject({ role: 'published' });
    expect(message('consumer', {}, 'process orders.placed')).toMatchObject({ role: 'consumed' });
  });
});

describe('the destination of a message', () => {
  const at = (
    attributes: Record<string, AttributeValue>,
    name = 'x',
    kind: 'producer' | 'consumer' = 'producer',
  ) => message(kind, attributes, name)?.destination;

  it('is the template where there is one', () => {
    const template = {
      'messaging.destination.template': '/customers/{id}',
      'messaging.destination.name': '/customers/7',
    };
    expect(at(template)).toBe('/customers/{id}');
  });

  it('is no name that the broker made up', () => {
    expect(at({ 'messaging.destination.name': 'amq.gen-X', 'messaging.destination.anonymous': true })).toBe(
      '(anonymous)',
    );
    expect(at({ 'messaging.destination.name': 'reply-7', 'messaging.destination.temporary': true })).toBe(
      '(temporary)',
    );
    expect(at({ 'messaging.destination.name': 'orders', 'messaging.destination.temporary': false })).toBe(
      'orders',
    );
  });

  it('is read by its older names too', () => {
    expect(at({ 'messaging.destination': 'orders' })).toBe('orders');
    expect(at({ 'messaging.source.name': 'orders' }, 'x', 'consumer')).toBe('orders');
    const routed = { 'messaging.destination.name': 'q-7', 'messaging.destination_publish.name': 'orders' };
    expect(at(routed, 'x', 'consumer')).toBe('orders');
  });

  it.each([
    ['send orders.placed', 'orders.placed'],
    ['orders.placed publish', 'orders.placed'],
    ['process topic with spaces', 'topic with spaces'],
    ['orders.placed', 'orders.placed'],
    ['send', 'send'],
    ['resend orders', 'resend orders'],
    ['', ''],
  ])('comes from the span name %j, as %j', (name, destination) => {
    expect(at({}, name)).toBe(destination);
    expect(at({ 'messaging.destination.name': '' }, name)).toBe(destination);
  });
});

describe('the id of a message', () => {
  it('is read by its older name too, and as text', () => {
    expect(message('producer', { 'messaging.message.id': 'm-1' })?.messageId).toBe('m-1');
    expect(message('producer', { 'messaging.message.id': 17 })?.messageId).toBe('17');
    expect(message('producer', { 'messaging.message_id': 'm-2' })?.messageId).toBe('m-2');
  });

  it('stays its own when it is long', () => {
    const ids = ['a', 'b'].map(
      (end) => message('producer', { 'messaging.message.id': 'm'.repeat(9000) + end })?.messageId,
    );
    expect(ids[0]).not.toBe(ids[1]);
    expect(ids[0]?.length).toBeLessThanOrEqual(512);
  });
});
