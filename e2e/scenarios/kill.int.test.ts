import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SoakLandscape, soakLandscape } from '../soak/landscape.ts';
import { soak } from '../soak/soak.ts';
import { seededRandom } from '../stack/random.ts';

const KILLS = 20;
const SEED = Number(process.env['THROUGHLINE_SEED'] ?? 20261125);

const directory = mkdtempSync(join(tmpdir(), 'throughline-kill-'));
let landscape: SoakLandscape;
beforeAll(async () => {
  landscape = await soakLandscape(directory);
  if (landscape.withoutKafka !== '') process.stderr.write(`without Kafka: ${landscape.withoutKafka}\n`);
}, 180_000);
afterAll(async () => {
  await landscape?.close();
  rmSync(directory, { recursive: true, force: true });
});

it(`has everything it acknowledged on any wire, once, after kill -9 at ${KILLS} random moments (seed ${SEED})`, async () => {
  const dataDir = join(directory, 'data');
  const { config, wires } = landscape;
  const report = await soak({ dataDir, config, wires, kills: KILLS, random: seededRandom(SEED) });
  expect(report).toMatchObject({ lost: [], doubled: [] });
  expect(report.counted).toBe(report.stored);
  // A request that was sent again until it was answered leaves nothing that was not acknowledged.
  expect(report.unacknowledged).toBe(0);
  for (const [wire, count] of Object.entries(report.acknowledged))
    expect(count, wire).toBeGreaterThan(KILLS * 10);
  expect(report.repeats).toBeGreaterThan(0);
}, 480_000);
