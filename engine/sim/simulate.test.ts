import { expect, test } from 'vitest';
import { simulate } from './simulate.ts';

const seeds = process.env['THROUGHLINE_LONG'] === '1' ? 20_000 : 1_000;

test('whatever breaks and restarts, nothing that was acknowledged is lost or done twice, and everything comes to its end', {
  timeout: seeds * 1_000,
}, async () => {
  const sums = { restarts: 0, rotsFound: 0, incidents: 0 };
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { restarts, rotsFound, incidents } = await simulate(seed);
    sums.restarts += restarts;
    sums.rotsFound += rotsFound;
    sums.incidents += incidents;
  }
  // The simulations are worth something only as long as things do go wrong in them.
  expect(sums.restarts).toBeGreaterThan(seeds);
  expect(sums.rotsFound).toBeGreaterThan(seeds / 20);
  expect(sums.incidents).toBeGreaterThan(seeds / 20);
});

test('the same seed does the same again', async () => {
  const records: string[][] = [[], []];
  for (const list of records) {
    await simulate(7, ({ position, intent, key, timestamp }) => {
      list.push(`${position} ${intent} ${key} ${timestamp}`);
    });
  }
  expect(records[1]).toEqual(records[0]);
  expect(records[0]?.length).toBeGreaterThan(50);
});
