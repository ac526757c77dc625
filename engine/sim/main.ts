import { parseArgs } from 'node:util';
import type { EngineRecord } from '../src/protocol/record.ts';
import { recordToJson } from '../src/protocol/record-json.ts';
import { type Summary, simulate } from './simulate.ts';

/**
 * `npm run sim -- --seeds 10000 [--from 1] [--go-on] [--records]`: as many simulations, each with its own seed. Stops at
 * the first that finds something (not with `--go-on`), prints its seed and exits with 1. `--seeds 1 --from SEED` runs that
 * one again, with `--records` printing every record of it.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    'go-on': { type: 'boolean', default: false },
    records: { type: 'boolean', default: false },
  },
});

const seeds = wholeNumber('seeds', values.seeds);
const from = wholeNumber('from', values.from);
const sums = { records: 0, instances: 0, jobs: 0, incidents: 0, restarts: 0, rotsFound: 0 };
let failed = 0;
const startMs = performance.now();
for (let done = 1; done <= seeds; done += 1) {
  try {
    add(await simulate(from + done - 1, values.records ? print : undefined));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    failed += 1;
    if (!values['go-on']) break;
  }
  if (done % 100 === 0) progress(done);
}
progress(seeds);
process.exitCode = failed === 0 ? 0 : 1;

function print(record: EngineRecord): void {
  process.stdout.write(`${recordToJson(record)}\n`);
}

function add(summary: Summary): void {
  for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += summary[name];
}

function progress(done: number): void {
  const perSecond = (done / (performance.now() - startMs)) * 1000;
  const counts = Object.entries(sums).map(([name, sum]) => `${sum} ${name}`);
  process.stdout.write(
    `${done} seeds from ${from}, ${failed} failed, ${perSecond.toFixed(1)} seeds/s: ${counts.join(', ')}\n`,
  );
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  process.stderr.write(`Expected --${name} to be a whole number from 1 on, but got ${text}\n`);
  process.exit(2);
}
