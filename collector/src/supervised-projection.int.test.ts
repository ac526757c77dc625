import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openFileLog } from '@throughline/engine/log';
import { expect, it } from 'vitest';
import { loadConfiguration } from './config/load.ts';
import { encodeIntakeRecord } from './intake/record.ts';
import { asProtobuf, NOW_US, requestOf, span } from './receive/otlp/otlp.testkit.ts';
import type { StoreCounts } from './store/store.ts';
import { SupervisedProjection } from './supervised-projection.ts';

it('starts again with all that was accepted when the thread of the store ends', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'throughline-supervised-'));
  const logDirectory = join(dataDir, 'intake');
  const log = openFileLog({ directory: logDirectory, partitions: 1 });
  const lines: string[] = [];
  const projection = new SupervisedProjection(
    { dataDir, logDirectory, durable: log.durable(0), configuration: loadConfiguration(undefined, {}) },
    { path: join(dataDir, 'store.duckdb'), memoryLimit: '200MB', threads: 1 },
    { onFlushed: () => undefined, onOverdue: () => undefined, log: (line) => lines.push(line) },
  );
  const accept = (spanId: string) =>
    log
      .appender(0)
      .append(
        encodeIntakeRecord(
          { wire: 'otlp', encoding: 'protobuf', receivedAtUs: NOW_US, mode: 'live' },
          asProtobuf(requestOf([span({ spanId })])),
        ),
      );
  const stored = async (): Promise<number> => {
    const counts = (await projection.ask('counts', [NOW_US]).catch(() => undefined)) as
      | StoreCounts
      | undefined;
    return counts?.events ?? 0;
  };
  const until = async (events: number): Promise<void> => {
    while ((await stored()) !== events) await delay(20);
  };
  try {
    await accept('00000000000000a1');
    await projection.start();
    await until(1);
    await projection.ask('stop', []);
    await accept('00000000000000a2');
    await until(2);
    expect(lines).toEqual([expect.stringMatching(/^projection: .+; starting it again in 1 s$/)]);
  } finally {
    await projection.stop();
    await log.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
  // Their own threads may still run when ours have ended: unloading them then would end the process.
  const { sharedObjects } = process.report.getReport() as { sharedObjects: string[] };
  for (const library of ['classic-level', 'duckdb'])
    expect(sharedObjects.some((path) => path.includes(library))).toBe(true);
});
