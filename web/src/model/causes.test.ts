import { expect, it } from 'vitest';
import { registeredCustomers } from '../fixtures/figures.ts';
import { causesOf, isOf } from './causes.ts';

it('groups what is stuck by what it waits for, and loses none', () => {
  const items = registeredCustomers().flatMap((one) => (one.stuck ? [one.stuck] : []));
  const causes = causesOf(items);
  expect(new Set(causes.map((cause) => `${cause.service}: ${cause.activity}`))).toEqual(
    new Set(['credit-check: Credit checked', 'registration: Customer registered']),
  );
  expect(causes.reduce((sum, cause) => sum + cause.instances, 0)).toBe(items.length);
  for (const item of items) expect(causes.filter((cause) => isOf(item, cause))).toHaveLength(1);
});
