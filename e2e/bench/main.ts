import { benchChain } from './chain.ts';
import { benchCloudEvents } from './cloudevents.ts';
import { benchEngine } from './engine.ts';
import { benchAgainstZeebe } from './engine-against-zeebe.ts';
import { benchImport } from './import.ts';
import { benchIngest } from './ingest.ts';
import { benchIngestKafka } from './ingest-kafka.ts';
import { benchLog } from './log.ts';
import { benchRetention } from './retention.ts';

/**
 * `npm run bench [-- AREA …] [-- engine --against zeebe]`: one JSON line per figure on standard output, everything else on standard error. Absolute figures depend
 * on the machine; ratios are taken against a baseline measured in the same run.
 */
const AREAS: Readonly<Record<string, () => Promise<void>>> = {
  log: benchLog,
  engine: benchEngine,
  ingest: benchIngest,
  cloudevents: benchCloudEvents,
  kafka: benchIngestKafka,
  import: benchImport,
  chain: benchChain,
  retention: benchRetention,
};

const against = optionAgainst(process.argv.slice(2));
const asked = against.areas;
const unknown = asked.filter((area) => AREAS[area] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`no such area: ${unknown.join(', ')}; there are: ${Object.keys(AREAS).join(', ')}\n`);
  process.exit(2);
}
for (const area of asked.length === 0 ? Object.keys(AREAS) : asked) await AREAS[area]?.();
if (against.isZeebe) await benchAgainstZeebe();

/** `--against zeebe`: runs the engine's load on a real Zeebe too; with no area named, only the engine is measured. */
function optionAgainst(words: readonly string[]): { readonly areas: string[]; readonly isZeebe: boolean } {
  const at = words.indexOf('--against');
  if (at < 0) return { areas: [...words], isZeebe: false };
  if (words[at + 1] !== 'zeebe') {
    process.stderr.write(`Expected --against zeebe, but got '${words[at + 1]}'\n`);
    process.exit(2);
  }
  const areas = [...words.slice(0, at), ...words.slice(at + 2)];
  return { areas: areas.length === 0 ? ['engine'] : areas, isZeebe: true };
}
