import { join } from 'node:path';
import { openFileLog } from '@throughline/engine/log';
import { report, withDirectory } from './figure.ts';

const RECORDS = 40_000;
const IN_FLIGHT = 64;

/** Durable appends of 1 KB with 64 in flight: what group commit makes of one disk. */
export async function benchLog(): Promise<void> {
  await withDirectory(async (directory) => {
    const log = openFileLog({ directory: join(directory, 'log'), partitions: 1 });
    const appender = log.appender(0);
    const payload = new Uint8Array(1024);
    let left = RECORDS;
    const startMs = performance.now();
    const writer = async (): Promise<void> => {
      while (left-- > 0) await appender.append(payload);
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, writer));
    const rate = (RECORDS / (performance.now() - startMs)) * 1000;
    report({
      name: 'log.append-1kb',
      value: rate,
      unit: 'records/s',
      note: `${IN_FLIGHT} in flight, fsynced`,
    });
    await log.close();
  });
}
