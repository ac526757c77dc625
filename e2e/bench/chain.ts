import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from '../stack/api.ts';
import { runCli, startCollectorProcess } from '../stack/collector-process.ts';
import { median, note, quantile, report, withDirectory } from './figure.ts';
import { writeBenchLog } from './logs.ts';
import { encodeRequest, registrationRequests } from './otlp-bodies.ts';

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
    await benchAcknowledgement(collector.otlpHttp, api);
    await collector.stop();
  });
}

const ASKING = 4;

/** How long a sender waits for its acknowledgement while people ask for chains as fast as they are answered. */
async function benchAcknowledgement(otlpHttp: string, api: Api): Promise<void> {
  const bodies = registrationRequests(10_000, 0).map(encodeRequest);
  const half = bodies.length >> 1;
  const alone = await acknowledgementsMs(otlpHttp, bodies.slice(0, half));
  let asking = true;
  let answers = 0;
  const askers = Array.from({ length: ASKING }, async () => {
    while (asking) {
      await api.chain('fines');
      answers++;
    }
  });
  const beside = await acknowledgementsMs(otlpHttp, bodies.slice(half));
  asking = false;
  await Promise.all(askers);
  const p99 = quantile(beside, 0.99);
  report({
    name: 'ingest.acknowledged-p99',
    value: p99,
    unit: 'ms',
    ratio: p99 / quantile(alone, 0.99),
    against: 'the same with nobody asking',
    note: `${beside.length} requests one after the other, ${ASKING} asking for the chain of 1.1 million events (${answers} answers)`,
  });
}

async function acknowledgementsMs(otlpHttp: string, bodies: readonly Uint8Array[]): Promise<number[]> {
  const timesMs: number[] = [];
  for (const body of bodies) {
    const startMs = performance.now();
    const response = await fetch(`${otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-protobuf' },
      body: Buffer.from(body),
    });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`answered ${response.status}`);
    timesMs.push(performance.now() - startMs);
  }
  return timesMs;
}
