import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Chain } from 'throughline/schema';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Ledger, readLedger } from '../landscape/ledger.ts';
import { Api } from '../stack/api.ts';
import { type CollectorProcess, startCollectorProcess } from '../stack/collector-process.ts';
import { runLandscape } from '../stack/landscape-process.ts';

const FLOW = 'customer-registration';
const demoConfig = fileURLToPath(new URL('../landscape/throughline.yaml', import.meta.url));

let directory: string;
let config: string;
let collector: CollectorProcess;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'throughline-landscape-'));
  config = join(directory, 'throughline.yaml');
  // The demo's own configuration, with time limits that suit its faster clock here.
  writeFileSync(config, readFileSync(demoConfig, 'utf8').replaceAll('within: 20s', 'within: 6s'));
});
afterEach(async () => {
  await collector.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function run(args: readonly string[]): Promise<{ ledger: Ledger; api: Api }> {
  const ledger = await ledgerOf(args);
  const api = new Api(collector.http);
  await api.settled();
  return { ledger, api };
}

async function ledgerOf(args: readonly string[]): Promise<Ledger> {
  const ledgerDir = join(directory, 'ledger');
  await runLandscape([
    '--ledger',
    ledgerDir,
    '--endpoint',
    collector.otlpHttp,
    '--seed',
    '7',
    '--speed',
    '5',
    ...args,
  ]);
  return readLedger(ledgerDir);
}

function pairs(chain: Chain): string[] {
  return chain.transitions.map((t) => `${t.from} > ${t.to}`).sort();
}

function countsOf(chain: Chain): Record<string, number> {
  return Object.fromEntries(chain.activities.map((a) => [a.activity, a.count]));
}

const REQUESTED = 'Registration requested';
const ADDRESS = 'Address checked';
const CREDIT = 'Credit checked';
const REGISTERED = 'Customer registered';
const REJECTED = 'Registration rejected';

it('draws the landscape as it is, with counts equal to its ledgers, also when the collector is killed under load', async () => {
  collector = await startCollectorProcess({ dataDir: join(directory, 'data'), config });
  const otlpHttpPort = Number(new URL(collector.otlpHttp).port);
  const running = ledgerOf(['--count', '150', '--rate', '30']);
  await delay(2500);
  await collector.kill();
  await delay(1500);
  const restarted = await startCollectorProcess({ dataDir: join(directory, 'data'), config, otlpHttpPort });
  collector = restarted;
  const ledger = await running;
  const api = new Api(restarted.http);
  await api.settled();

  expect(ledger.closed).toBe(true);
  expect(ledger.spans.failed).toBe(0);
  const stored = await api.eventIds();
  const distinct = new Set(stored.map((id) => id.split(':')[1]));
  expect(stored.length).toBe(new Set(stored).size);
  expect([...ledger.spanIds.exported].filter((id) => !distinct.has(id))).toEqual([]);
  expect(stored.length).toBe(ledger.spanIds.ended.size);

  const chain = await api.chain(FLOW);
  expect(chain.view).toBe('causal');
  expect(countsOf(chain)).toEqual({
    [REQUESTED]: ledger.requested.size,
    [ADDRESS]: ledger.requested.size,
    [CREDIT]: ledger.requested.size - ledger.dropped.size,
    [REGISTERED]: ledger.registered.size,
    [REJECTED]: ledger.rejected.size,
  });
  expect(pairs(chain)).toEqual(
    [
      `${REQUESTED} > ${ADDRESS}`,
      `${REQUESTED} > ${CREDIT}`,
      `${ADDRESS} > ${REGISTERED}`,
      `${CREDIT} > ${REGISTERED}`,
      `${ADDRESS} > ${REJECTED}`,
      `${CREDIT} > ${REJECTED}`,
    ].sort(),
  );
  expect(chain.transitions.every((t) => t.evidence.temporal === 0)).toBe(true);
  const fork = chain.transitions.filter((t) => t.from === REQUESTED);
  expect(fork.map((t) => t.parallel)).toEqual([true, true]);

  expect(ledger.dropped.size).toBeGreaterThan(0);
  const stuck = await api.until(
    () => api.stuck(FLOW),
    (page) => page.total >= ledger.dropped.size,
  );
  expect(stuck.items.map((item) => item.keys[0]?.value).sort()).toEqual([...ledger.dropped.keys()].sort());
  for (const item of stuck.items) {
    expect(item.after).toMatchObject({ activity: REQUESTED, service: 'registration' });
    expect(item.expected).toEqual([{ activity: CREDIT, service: 'credit-check', share: 1 }]);
    const reason = ledger.dropped.get(item.keys[0]?.value ?? '');
    expect(item.lastError?.message).toBe(reason === 'silent' ? undefined : 'scoring bureau timed out');
  }
}, 120_000);

it('draws checks that run one after the other one after the other', async () => {
  collector = await startCollectorProcess({ dataDir: join(directory, 'data'), config });
  const { api, ledger } = await run(['--count', '25', '--rate', '30', '--sequential']);
  const chain = await api.chain(FLOW);
  const ends = [
    ...(ledger.registered.size > 0 ? [`${CREDIT} > ${REGISTERED}`] : []),
    ...(ledger.rejected.size > 0 ? [`${CREDIT} > ${REJECTED}`] : []),
  ];
  expect(pairs(chain)).toEqual([`${REQUESTED} > ${ADDRESS}`, `${ADDRESS} > ${CREDIT}`, ...ends].sort());
  expect(chain.transitions.some((t) => t.parallel)).toBe(false);
}, 90_000);

it('joins parallel branches by time, and says so, where the landscape sends no links', async () => {
  collector = await startCollectorProcess({ dataDir: join(directory, 'data'), config });
  const { api } = await run(['--count', '25', '--rate', '30', '--no-links']);
  const chain = await api.chain(FLOW);
  const known = [ADDRESS, CREDIT].flatMap((from) => [`${from} > ${REGISTERED}`, `${from} > ${REJECTED}`]);
  const expected = new Set([`${REQUESTED} > ${ADDRESS}`, `${REQUESTED} > ${CREDIT}`, ...known]);
  expect(pairs(chain).filter((pair) => !expected.has(pair))).toEqual([]);
  const joins = chain.transitions.filter((t) => t.to === REGISTERED);
  expect(joins.map((t) => t.from).sort()).toEqual([ADDRESS, CREDIT]);
  expect(joins.reduce((sum, t) => sum + t.evidence.temporal, 0)).toBeGreaterThan(0);
  expect(joins.reduce((sum, t) => sum + t.evidence.causal, 0)).toBeGreaterThan(0);
}, 90_000);
