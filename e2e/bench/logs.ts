import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip, createGzip } from 'node:zlib';

const FINES = new URL('../../../../shared/data/logs/road_traffic_fines.csv.gz', import.meta.url);

export type BenchLog = { readonly path: string; readonly events: number; readonly real: boolean };

const ACTIVITIES = [
  'Create Fine',
  'Send Fine',
  'Insert Fine Notification',
  'Add penalty',
  'Payment',
  'Send for Credit Collection',
];

/**
 * A log of about `rounds` × 561,470 events at `path`: the real one where it is at hand, with new case ids each round, else one
 * generated with about the same shape (cases of 1 to 6 events).
 */
export async function writeBenchLog(path: string, rounds: number): Promise<BenchLog> {
  const gzip = createGzip({ level: 1 });
  const out = createWriteStream(path);
  gzip.pipe(out);
  const write = async (line: string): Promise<void> => {
    if (!gzip.write(line)) await once(gzip, 'drain');
  };
  let events = 0;
  const real = existsSync(FINES);
  for (let round = 0; round < rounds; round++) {
    for await (const line of real ? fineLines(round) : generatedLines(round)) {
      await write(`${line}\n`);
      events++;
    }
  }
  gzip.end();
  await once(out, 'close');
  return { path, events: events - 1, real };
}

async function* fineLines(round: number): AsyncGenerator<string> {
  let header = true;
  for await (const line of createInterface({ input: createReadStream(FINES).pipe(createGunzip()) })) {
    if (!header || round === 0) yield header ? line : `${round}-${line}`;
    header = false;
  }
}

function* generatedLines(round: number): Generator<string> {
  if (round === 0) yield 'case:concept:name,concept:name,time:timestamp,amount,.order';
  let order = 0;
  for (let n = 0; n < 160_000; n++) {
    const events = 1 + ((n * 7919) % 6);
    for (let i = 0; i < events; i++) {
      const day = new Date(Date.UTC(2006, 0, 1 + (n % 3650) + i * 20)).toISOString().slice(0, 10);
      yield `${round}-C${n},${ACTIVITIES[(i + (n % 11 === 0 ? 1 : 0)) % 6]},${day},${n % 500}.0,${++order}`;
    }
  }
}
