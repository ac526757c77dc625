import { join } from 'node:path';
import { runCli } from '../stack/collector-process.ts';
import { note, report, withDirectory } from './figure.ts';
import { writeBenchLog } from './logs.ts';

/** Seconds for importing one log of about 561,000 events, as a whole process, until all of it is queryable. */
export async function benchImport(): Promise<void> {
  await withDirectory(async (directory) => {
    const log = await writeBenchLog(join(directory, 'log.csv.gz'), 1);
    const startMs = performance.now();
    const result = await runCli(['import', log.path, '--flow', 'fines', '--order', '.order', '--json'], {
      THROUGHLINE_DATA_DIR: join(directory, 'data'),
    });
    const seconds = (performance.now() - startMs) / 1000;
    if (result.code !== 0) throw new Error(`the import failed: ${result.stderr}`);
    note(result.stdout.trim());
    const what = `${log.events} ${log.real ? 'real' : 'generated'} events, whole process`;
    report({ name: 'import.fines', value: seconds, unit: 's', note: what });
  });
}
