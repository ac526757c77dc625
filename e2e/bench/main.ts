import { benchChain } from './chain.ts';
import { benchEngine } from './engine.ts';
import { benchImport } from './import.ts';
import { benchIngest } from './ingest.ts';
import { benchLog } from './log.ts';

/**
 * `npm run bench [-- AREA …]`: one JSON line per figure on standard output, everything else on standard error. Absolute figures depend
 * on the machine; ratios are taken against a baseline measured in the same run.
 */
const AREAS: Readonly<Record<string, () => Promise<void>>> = {
  log: benchLog,
  engine: benchEngine,
  ingest: benchIngest,
  import: benchImport,
  chain: benchChain,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((area) => AREAS[area] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`no such area: ${unknown.join(', ')}; there are: ${Object.keys(AREAS).join(', ')}\n`);
  process.exit(2);
}
for (const area of asked.length === 0 ? Object.keys(AREAS) : asked) await AREAS[area]?.();
