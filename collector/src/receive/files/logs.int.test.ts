import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Folded, importAndFold } from './fold.testkit.ts';
import type { ImportOptions } from './import.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const testdata = join(root, 'collector/src/receive/files/testdata');
const realLogs = join(root, '../shared/data');

/** Worked out by hand: `O1` and `NA` run placed, invoiced, paid (ties by position); `O2` is placed and cancelled. */
const ORDERS: Folded = {
  events: 8,
  cases: 3,
  activities: 4,
  variants: 2,
  starts: { 'Order placed': 3 },
  ends: { 'Payment received': 2, 'Order cancelled': 1 },
  follows: {
    'Order placed>Invoice sent': 2,
    'Invoice sent>Payment received': 2,
    'Order placed>Order cancelled': 1,
  },
};

describe('a small log of our own', () => {
  it('reads as worked out by hand from CSV, ties ordered by a column', async () => {
    const columns = { case: 'order', activity: 'what', time: 'when', order: 'position' };
    const { report, folded } = await importAndFold(join(testdata, 'orders.csv'), {
      flow: 'orders',
      ...columns,
    });
    expect(folded).toEqual(ORDERS);
    expect(report).toMatchObject({ read: 8, appended: 8, rejected: 0, skipped: 0, notes: [] });
  });

  it('reads as worked out by hand from XES, ties in the order of the file', async () => {
    const { folded } = await importAndFold(join(testdata, 'orders.xes'), { flow: 'orders' });
    expect(folded).toEqual(ORDERS);
  });
});

type RealLog = {
  readonly file: string;
  readonly columns: Omit<ImportOptions, 'flow'>;
  readonly sizes: Partial<Folded>;
  /** Of an independent tool, where there is one. */
  readonly expected?: string;
};

const SEPSIS_COLUMNS = { case: 'Case ID', activity: 'Activity', time: 'Complete Timestamp' };
const REAL_LOGS: readonly RealLog[] = [
  {
    file: 'running-example.xes',
    columns: {},
    sizes: { events: 42, cases: 6, activities: 8, variants: 6 },
    expected: 'running-example',
  },
  {
    file: 'receipt.csv.gz',
    columns: {},
    sizes: { events: 8577, cases: 1434, activities: 27, variants: 116 },
  },
  {
    file: 'sepsis.csv.gz',
    columns: SEPSIS_COLUMNS,
    sizes: { events: 15_214, cases: 1050, activities: 16, variants: 846 },
    expected: 'sepsis',
  },
  {
    file: 'road_traffic_fines.csv.gz',
    columns: { order: '.order' },
    sizes: { events: 561_470, cases: 150_370, activities: 11, variants: 231 },
    expected: 'road_traffic_fines',
  },
  {
    file: 'roadtraffic100traces.xes',
    columns: {},
    sizes: { cases: 100 },
    expected: 'roadtraffic100traces',
  },
];

type ExpectedMap = {
  readonly events: number;
  readonly cases: number;
  readonly activities: number;
  readonly variants: number;
  readonly start: Readonly<Record<string, number>>;
  readonly end: Readonly<Record<string, number>>;
  readonly dfg: readonly (readonly [from: string, to: string, count: number])[];
};

function expectedMap(name: string): Folded {
  const text = readFileSync(join(realLogs, 'expected', `${name}.dfg.json`), 'utf8');
  const { events, cases, activities, variants, start, end, dfg } = JSON.parse(text) as ExpectedMap;
  const follows = Object.fromEntries(dfg.map(([from, to, count]) => [`${from}>${to}`, count]));
  return { events, cases, activities, variants, starts: start, ends: end, follows };
}

describe.skipIf(!existsSync(realLogs))('real logs (skipped where they are not beside the checkout)', () => {
  it.each(REAL_LOGS)(
    '$file reads as an independent tool reads it',
    async ({ file, columns, sizes, expected }) => {
      const { report, folded } = await importAndFold(join(realLogs, 'logs', file), {
        flow: 'log',
        ...columns,
      });
      expect(folded).toMatchObject(sizes);
      if (expected !== undefined) expect(folded).toEqual(expectedMap(expected));
      expect(report).toMatchObject({ read: folded.events, appended: folded.events, rejected: 0, notes: [] });
    },
  );
});
