import { expect, test } from 'vitest';
import { defaultSeed } from '../fate.ts';
import { orderFateOf, orderId, orderNumber } from './order-fate.ts';

test('the first orders of the default seed meet every fate', () => {
  const fates = Array.from({ length: 40 }, (_, index) => orderFateOf(defaultSeed, index + 1));
  expect(fates.some(({ declined }) => declined)).toBe(true);
  expect(fates.some(({ paymentFailsFirst }) => paymentFailsFirst)).toBe(true);
  expect(new Set(fates.map(({ delivery }) => delivery))).toEqual(new Set(['in time', 'late', 'lost']));
});

test('an order id gives back its number', () => {
  expect(orderNumber(orderId('run-1', 42))).toBe(42);
  expect(() => orderNumber('O-run-x')).toThrow('is no order id');
});
