import { expect, test } from 'vitest';
import { ManualTime } from '../stream/cluster.testkit.ts';
import { BackPressure } from './back-pressure.ts';

test('what is to run soon waits while too much is on its way, and runs in order when it was taken', () => {
  const time = new ManualTime();
  const pressure = new BackPressure(time, 100);
  const ran: number[] = [];
  pressure.sent(101);
  for (const number of [1, 2]) pressure.soon(() => ran.push(number));
  time.runAll();
  expect(ran).toEqual([]);
  pressure.taken(1);
  time.runAll();
  expect(ran).toEqual([1, 2]);
});
