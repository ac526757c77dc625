import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SimulatedDisk } from '../log/simulated-disk.ts';
import type { EngineRecord } from '../protocol/record.ts';
import { ManualTime } from '../stream/cluster.testkit.ts';
import { exportDiskOn, recordAt } from './export.testkit.ts';
import type { Exporter, ExporterContext } from './exporter.ts';
import { jsonLinesExporter } from './json-lines-exporter.ts';

const time = new ManualTime();

function contextOf(memo: string | undefined, partitionId = 1): ExporterContext {
  const { signal } = new AbortController();
  return { partitionId, memo, clock: time, scheduler: time, signal, refused: () => {} };
}

async function flush(exporter: Exporter, records: readonly EngineRecord[]): Promise<string | undefined> {
  for (const record of records) exporter.export(record);
  return exporter.flush();
}

function linesOn(disk: SimulatedDisk): string[] {
  const text = disk.paths.map((path) => {
    const file = disk.open(path, 'read');
    const bytes = new Uint8Array(file.size());
    file.read(bytes, 0);
    return Buffer.from(bytes).toString();
  });
  return text.join('').split('\n').slice(0, -1);
}

const positionsOn = (disk: SimulatedDisk) =>
  linesOn(disk).map((line) => (JSON.parse(line) as { position: number }).position);

test('keys beyond 2^53 are written as they are', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const exporter = jsonLinesExporter({ directory: '/out', disk: exportDiskOn(disk) })();
  await exporter.open(contextOf(undefined, 5));
  await flush(exporter, [recordAt(3, 5)]);
  expect(disk.paths).toEqual(['/out/partition-5-00000001.jsonl']);
  expect(linesOn(disk)[0]).toContain('"key":11258999068426243,');
});

test('files take turns by size', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const exporter = jsonLinesExporter({ directory: '/out', fileBytes: 2000, disk: exportDiskOn(disk) })();
  await exporter.open(contextOf(undefined));
  for (let position = 1; position <= 9; position += 1) await flush(exporter, [recordAt(position)]);
  expect(disk.paths.length).toBeGreaterThan(2);
  expect(positionsOn(disk)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('whenever the power fails, each record is in the files once and in order after the restart', async () => {
  const run = fc.record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    stops: fc.array(fc.nat(25), { maxLength: 6 }),
    kind: fc.constantFrom('kill' as const, 'power' as const),
  });
  await fc.assert(
    fc.asyncProperty(run, async ({ seed, stops, kind }) => {
      const disk = new SimulatedDisk({ seed, sectorBytes: 32 });
      const options = { directory: '/out', fileBytes: 3000, disk: exportDiskOn(disk) };
      let acknowledged = { position: 0, memo: await jsonLinesExporter(options)().open(contextOf(undefined)) };
      for (const changes of [...stops, 1000]) {
        disk.stopAfter(changes);
        let { position, memo } = acknowledged;
        try {
          const exporter = jsonLinesExporter(options)();
          await exporter.open(contextOf(memo));
          expect(positionsOn(disk)).toEqual(Array.from({ length: position }, (_, index) => index + 1));
          for (let flushes = 0; flushes < 6; flushes += 1) {
            memo = await flush(exporter, [recordAt(position + 1), recordAt(position + 2)]);
            position += 2;
            // Not every position is saved before the crash.
            if (flushes % 3 === 0) acknowledged = { position, memo };
          }
          acknowledged = { position, memo };
        } catch (error) {
          if (!String(error).includes('has stopped')) throw error;
        }
        if (changes !== 1000) disk.crash(kind);
      }
      const { position } = acknowledged;
      expect(positionsOn(disk)).toEqual(Array.from({ length: position }, (_, index) => index + 1));
    }),
    { numRuns: process.env['THROUGHLINE_LONG'] === '1' ? 2000 : 100 },
  );
});
