import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../stack/random.ts';
import { soakLandscape } from './landscape.ts';
import { soak } from './soak.ts';

/** `npm run soak -- --kills 200 --seed N`: mixed load from all wires, and a kill -9 after the other. */
const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
const kills = Number(values.kills ?? 200);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const directory = mkdtempSync(join(tmpdir(), 'throughline-soak-'));
const landscape = await soakLandscape(directory);
process.stderr.write(`seed ${seed}, ${kills} kills, ${landscape.wires.map(({ name }) => name).join(', ')}\n`);
if (landscape.withoutKafka !== '') process.stderr.write(`without Kafka: ${landscape.withoutKafka}\n`);
try {
  const report = await soak({
    dataDir: join(directory, 'data'),
    config: landscape.config,
    wires: landscape.wires,
    kills,
    random: seededRandom(seed),
    onRound: (round, acknowledged) =>
      process.stderr.write(`\rkilled ${round} times, ${acknowledged} events acknowledged`),
  });
  process.stderr.write('\n');
  process.stdout.write(`${JSON.stringify({ seed, kills, ...report })}\n`);
  const good = report.lost.length === 0 && report.doubled.length === 0 && report.counted === report.stored;
  process.exitCode = good ? 0 : 1;
} finally {
  await landscape.close();
  rmSync(directory, { recursive: true, force: true });
}
