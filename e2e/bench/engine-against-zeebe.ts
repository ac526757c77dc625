import { join } from 'node:path';
import { measureFsync, measureInstances, measureResults } from './engine.ts';
import { embedded, overRest } from './engine-target.ts';
import { report, withDirectory } from './figure.ts';
import { startZeebe } from './zeebe-target.ts';

const INSTANCES = 1_500;
const REST_INSTANCES = 8_000;
const RESULTS = 200;

/**
 * The same load on a real Zeebe and, while that idles, on the engine: completed instances a second and latency. Zeebe's
 * client is one over REST with kept connections; the engine's is in its process, and then over REST as well.
 */
export async function benchAgainstZeebe(): Promise<void> {
  const zeebe = await startZeebe();
  if (zeebe === undefined) return;
  try {
    await withDirectory(async (directory) => {
      const fsync = measureFsync(directory);
      const how = 'a client over REST on the same machine';
      const theirs = await measureInstances('zeebe.instances', zeebe, how, INSTANCES);
      const theirsMs = await measureResults('zeebe.create-with-result', zeebe, fsync.p50, RESULTS);
      const engine = await embedded({ directory: join(directory, 'engine') });
      const ours = await measureInstances(
        'engine.instances-beside-zeebe',
        engine,
        'worker in the same process',
      );
      const oursMs = await measureResults('engine.create-with-result-beside-zeebe', engine, fsync.p50);
      await engine.close();
      const rest = await overRest(join(directory, 'served'));
      const restName = 'engine.rest.instances-beside-zeebe';
      const ourRest = await measureInstances(restName, rest, 'clients and workers over REST', REST_INSTANCES);
      await measureResults('engine.rest.create-with-result-beside-zeebe', rest, fsync.p50, RESULTS);
      await rest.close();
      report({ name: 'engine.rest.instances-against-zeebe', value: ourRest / theirs, unit: 'times' });
      report({ name: 'engine.instances-against-zeebe', value: ours / theirs, unit: 'times' });
      report({ name: 'engine.create-with-result-against-zeebe', value: oursMs / theirsMs, unit: 'times' });
    });
  } finally {
    await zeebe.close();
  }
}
