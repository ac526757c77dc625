import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '../stack/api.ts';
import { type CollectorProcess, runCli, startCollectorProcess } from '../stack/collector-process.ts';

const shared = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'throughline-logs-'));
const dataDir = join(directory, 'data');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

type Expected = {
  events: number;
  cases: number;
  activities: number;
  variants: number;
  start: Record<string, number>;
  end: Record<string, number>;
  dfg: [string, string, number][];
  perf_s: [
    string,
    string,
    { mean: number | null; median: number | null; min: number | null; max: number | null },
  ][];
};

const LOGS = [
  { flow: 'running-example', file: 'running-example.xes', args: [] },
  { flow: 'roadtraffic100traces', file: 'roadtraffic100traces.xes', args: [] },
  {
    flow: 'sepsis',
    file: 'sepsis.csv.gz',
    args: ['--case', 'Case ID', '--activity', 'Activity', '--time', 'Complete Timestamp', '--separator', ';'],
  },
  { flow: 'road_traffic_fines', file: 'road_traffic_fines.csv.gz', args: ['--order', '.order'] },
];

/** The same log twice by hand: three cases, one in which a step repeats, one with equal times. */
const OWN_LOG = `case:concept:name,concept:name,time:timestamp
p1,receive order,2026-01-05 09:00
p1,pick,2026-01-05 09:30
p1,ship,2026-01-05 11:00
p2,receive order,2026-01-05 09:10
p2,pick,2026-01-05 09:20
p2,pick,2026-01-05 09:40
p2,ship,2026-01-05 10:00
p3,receive order,2026-01-06
p3,cancel,2026-01-06
`;

describe('imported logs', () => {
  let server: CollectorProcess;
  let api: Api;
  beforeAll(async () => {
    for (const { flow, file, args } of LOGS) {
      if (!existsSync(join(shared, 'logs', file))) continue;
      const path = join(shared, 'logs', file);
      const result = await runCli(['import', path, '--flow', flow, ...args], {
        THROUGHLINE_DATA_DIR: dataDir,
      });
      expect(result).toMatchObject({ code: 0 });
    }
    server = await startCollectorProcess({ dataDir });
    api = new Api(server.http);
  }, 240_000);
  afterAll(async () => {
    await server.stop();
  });

  it('shows a log of our own as it was worked out by hand, imported through the running server', async () => {
    const file = join(directory, 'orders.csv');
    writeFileSync(file, OWN_LOG);
    const first = await runCli(['import', file, '--flow', 'orders', '--json'], {
      THROUGHLINE_DATA_DIR: dataDir,
    });
    expect(JSON.parse(first.stdout)).toMatchObject({
      kind: 'done',
      read: 9,
      accepted: 9,
      duplicates: 0,
      rejected: 0,
    });
    await api.settled();
    const chain = await api.chain('orders');
    const pairs = Object.fromEntries(
      chain.transitions.map((t) => [`${t.from}>${t.to}`, [t.count, t.waitUs.mean / 60e6]]),
    );
    expect(pairs).toEqual({
      'receive order>pick': [2, 20],
      'pick>ship': [2, 55],
      'pick>pick': [1, 20],
      'receive order>cancel': [1, 0],
    });
    expect([chain.variants, chain.instances, chain.events]).toEqual([3, 3, 9]);

    // Once more: the same rows are no new events.
    const again = await runCli(['import', file, '--flow', 'orders', '--json'], {
      THROUGHLINE_DATA_DIR: dataDir,
    });
    expect(JSON.parse(again.stdout)).toMatchObject({ read: 9, accepted: 0, duplicates: 9, events: 0 });
    expect((await api.chain('orders')).events).toBe(9);
  });

  it.for(LOGS)(
    'agrees with pm4py on $flow: pairs, starts, ends, variants, times',
    async ({ flow, file }, { skip }) => {
      const answer = join(shared, 'expected', `${flow}.dfg.json`);
      if (!existsSync(answer) || !existsSync(join(shared, 'logs', file))) skip(`${file} is not at hand`);
      const expected = JSON.parse(readFileSync(answer, 'utf8')) as Expected;
      const chain = await api.chain(flow, '?view=temporal');
      expect(chain).toMatchObject({
        instances: expected.cases,
        events: expected.events,
        variants: expected.variants,
      });
      expect(chain.activities).toHaveLength(expected.activities);
      const dfg = chain.transitions.map((t) => [t.from, t.to, t.count]);
      expect(dfg.sort()).toEqual([...expected.dfg].sort());
      const starts = chain.activities.filter((a) => a.starts > 0).map((a) => [a.activity, a.starts]);
      const ends = chain.activities.filter((a) => a.ends > 0).map((a) => [a.activity, a.ends]);
      expect(Object.fromEntries(starts)).toEqual(expected.start);
      expect(Object.fromEntries(ends)).toEqual(expected.end);
      for (const [from, to, perf] of expected.perf_s) {
        const wait = chain.transitions.find((t) => t.from === from && t.to === to)?.waitUs;
        if (perf.mean !== null)
          expect((wait?.mean ?? 0) / 1e6, `${from}>${to} mean`).toBeCloseTo(perf.mean, 1);
        if (perf.median !== null)
          expect((wait?.p50 ?? 0) / 1e6, `${from}>${to} median`).toBeCloseTo(perf.median, 1);
        if (perf.min !== null) expect((wait?.min ?? 0) / 1e6, `${from}>${to} min`).toBeCloseTo(perf.min, 3);
        if (perf.max !== null) expect((wait?.max ?? 0) / 1e6, `${from}>${to} max`).toBeCloseTo(perf.max, 3);
      }
    },
  );
});
