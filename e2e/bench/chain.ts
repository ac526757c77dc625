import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from '../stack/api.ts';
import { runCli, startCollectorProcess } from '../stack/collector-process.ts';
import { median, note, report, withDirectory } from './figure.ts';
import { writeBenchLog } from './logs.ts';

const REPEATS = 7;

/** `chain` with percentiles over more than a million events, and the memory of the process after it. */
export async function benchChain(): Promise<void> {
  await withDirectory(async (directory) => {
    const log = await writeBenchLog(join(directory, 'log.csv.gz'), 2);
    const dataDir = join(directory, 'data');
    const imported = await runCli(['import', log.path, '--flow', 'fines', '--order', '.order', '--json'], {
      THROUGHLINE_DATA_DIR: dataDir,
    });
    if (imported.code !== 0) throw new Error(`the import failed: ${imported.stderr}`);
    note(imported.stdout.trim());
    const collector = await startCollectorProcess({ dataDir });
    const api = new Api(collector.http);
    const what = `${log.events} ${log.real ? 'real' : 'generated'} events`;
    for (const [name, query] of [
      ['chain.1m', ''],
      ['chain.1m-filtered', '?activity=Payment'],
    ] as const) {
      const timesMs: number[] = [];
      for (let i = 0; i < REPEATS; i++) {
        const startMs = performance.now();
        await api.chain('fines', query);
        timesMs.push(performance.now() - startMs);
      }
      note(`${name}: ${timesMs.map(Math.round).join(', ')} ms`);
      report({ name, value: median(timesMs), unit: 'ms', note: `${what}, median of ${REPEATS}` });
    }
    const status = readFileSync(`/proc/${collector.child.pid}/status`, 'utf8');
    const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
    report({
      name: 'memory.1m-events',
      value: kilobytes / 1024,
      unit: 'MB',
      note: 'resident after the chains',
    });
    await collector.stop();
  });
}
