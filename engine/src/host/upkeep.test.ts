import fc from 'fast-check';
import { expect, test } from 'vitest';
import { settle } from '../export/export.testkit.ts';
import type { Disk } from '../log/index.ts';
import type { SimulatedDisk } from '../log/simulated-disk.ts';
import { PARTITION_DIRECTORY, UpkeepBench } from './upkeep.testkit.ts';

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
const segmentsOn = (bench: UpkeepBench) => bench.disk.paths.filter((path) => path.endsWith('.log'));

/** Everything works again, and there is time enough. */
async function recoverWholly(bench: UpkeepBench): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    const isBehind = bench.upkeep.exporters.some(({ lagBytes }) => lagBytes > 0);
    bench.time.advance(1000);
    await settle(bench.time);
    if (!isBehind) return;
  }
}

test('whatever ends the engine and whenever, state, log and exports have no hole', {
  timeout: 120_000,
}, async () => {
  const action = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('create' as const), count: fc.integer({ min: 1, max: 4 }) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('complete' as const), count: fc.integer({ min: 1, max: 4 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(100, 1000, 400_000) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('close' as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('crash' as const),
        kind: fc.constantFrom('kill' as const, 'power' as const),
        after: fc.nat(60),
        rot: fc.boolean(),
        syncFailureChance: fc.constantFrom(0, 0, 0.3),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('trouble' as const), outside: fc.boolean() }) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1e6 }),
      fc.array(action, { maxLength: 25 }),
      async (seed, actions) => {
        const bench = new UpkeepBench({ seed, snapshots: { everyRecords: 25 }, segmentBytes: 2048 });
        const rotten = new Set<string>();
        bench.open();
        await bench.deploy();
        for (const one of actions) {
          if (one.do === 'create') await bench.create(one.count);
          else if (one.do === 'complete') await bench.complete(one.count);
          else if (one.do === 'advance') {
            bench.time.advance(one.ms);
            await settle(bench.time);
          } else if (one.do === 'trouble') {
            bench.outside.trouble = () => {
              if (one.outside) throw new Error('away');
            };
          } else if (one.do === 'close') {
            await bench.closeAmidst();
            bench.open();
          } else {
            bench.disk.stopAfter(one.after);
            bench.disk.syncFailureChance = one.syncFailureChance;
            await bench.create(2);
            await bench.complete(2);
            bench.time.advance(1000);
            await settle(bench.time);
            bench.disk.syncFailureChance = 0;
            bench.crash(one.kind);
            // One snapshot at a time goes bad: the next to go must have another behind it.
            const [older, newest] = bench.snapshotPaths().slice(-2);
            if (
              one.rot &&
              newest !== undefined &&
              older !== undefined &&
              !rotten.has(older) &&
              !rotten.has(newest)
            ) {
              bench.disk.flipBit(newest);
              rotten.add(newest);
            }
            bench.open();
          }
          await settle(bench.time);
          const [running, expected] = bench.states();
          expect(running).toEqual(expected);
          expect(bench.lostInstances).toBe(0);
          expect(bench.snapshotPaths().length).toBeLessThan(5);
        }
        bench.outside.trouble = () => {};
        await recoverWholly(bench);
        const last = bench.history.length;
        expect(bench.outside.firstHole).toBeUndefined();
        expect(Math.max(...bench.outside.flushed)).toBe(last);
        expect(bench.exportedPositions()).toEqual(upTo(last));
        const unexpected = bench.problems.filter(
          ({ kind }) => kind === 'record-refused' || kind === 'positions-damaged',
        );
        expect(unexpected).toEqual([]);
      },
    ),
    { numRuns: process.env['THROUGHLINE_LONG'] === '1' ? 2000 : 40 },
  );
});

test('a restart reads the snapshot and the tail, not the log before it', async () => {
  const bytesRead = new Map<string, number>();
  const countReads = (disk: SimulatedDisk): Disk => ({
    makeDirectory: (path) => disk.makeDirectory(path),
    list: (path) => disk.list(path),
    remove: (path) => disk.remove(path),
    rename: (path, newPath) => disk.rename(path, newPath),
    syncDirectory: (path) => disk.syncDirectory(path),
    own: (path) => disk.own(path),
    open: (path, mode) => {
      const file = disk.open(path, mode);
      const read = (target: Uint8Array, offset: number): number => {
        const bytes = file.read(target, offset);
        bytesRead.set(path, (bytesRead.get(path) ?? 0) + bytes);
        return bytes;
      };
      return { ...file, read };
    },
  });
  // One snapshot only, so that the log is still whole; no exporter, so that only the replay reads.
  const bench = new UpkeepBench({ exporters: [], wrapDisk: countReads, snapshots: { everyRecords: 1e9 } });
  bench.open();
  await bench.deploy();
  await bench.create(40);
  await bench.close();
  const segments = segmentsOn(bench);
  expect(segments.length).toBeGreaterThan(5);
  bytesRead.clear();
  bench.open({ looksIntoLog: false });
  const old = segments.slice(0, -1).map((path) => bytesRead.get(path) ?? 0);
  // Header and length of each are looked at when the log is opened.
  expect(Math.max(...old)).toBeLessThanOrEqual(4 * 32);
  expect(bench.states()[0]).toEqual(bench.states()[1]);
});

test('what is in two snapshots and with every exporter is deleted, and nothing else', async () => {
  const bench = new UpkeepBench();
  bench.outside.trouble = () => {
    throw new Error('away');
  };
  bench.open();
  await bench.deploy();
  for (let round = 0; round < 5; round += 1) {
    await bench.create(10);
    await bench.complete(8);
    bench.time.advance(1000);
  }
  expect(bench.snapshotPaths()).toHaveLength(2);
  expect(bench.log.reader(0).start).toBe(0);
  const [outside, file] = bench.upkeep.exporters;
  expect(outside).toMatchObject({ id: 'outside', position: 0, lastError: 'away' });
  expect(outside?.failures).toBeGreaterThan(0);
  expect(file).toMatchObject({ id: 'file', failures: 0, lagBytes: 0 });
  bench.outside.trouble = () => {};
  await recoverWholly(bench);
  const { start, end } = bench.log.reader(0);
  const older = Number(/(\d+)\.snapshot$/.exec(bench.snapshotPaths()[0] ?? '')?.[1]);
  expect(start).toBeGreaterThan(0);
  expect(start).toBeLessThanOrEqual(older);
  expect(older - start).toBeLessThan(3 * 4096);
  expect(end).toBeGreaterThan(older);
});

test('an exporter that is taken out no longer holds the log', async () => {
  const bench = new UpkeepBench({ exporters: [] });
  bench.open();
  await bench.deploy();
  for (let round = 0; round < 4; round += 1) await bench.create(10);
  expect(bench.log.reader(0).start).toBeGreaterThan(0);
});

test('when both snapshots are damaged the engine says so instead of beginning with half a state', async () => {
  const bench = new UpkeepBench({ exporters: [] });
  bench.open();
  await bench.deploy();
  for (let round = 0; round < 4; round += 1) await bench.create(10);
  bench.crash('power');
  for (const path of bench.snapshotPaths()) bench.disk.flipBit(path);
  expect(() => bench.open()).toThrow('none of its 2 snapshots can be used');
  expect(bench.problems.filter(({ kind }) => kind === 'snapshot-skipped')).toHaveLength(2);
});

test('a log that ends before the newest snapshot is refused: acknowledged records are gone', async () => {
  const bench = new UpkeepBench({ exporters: [] });
  bench.open();
  await bench.deploy();
  await bench.create(3);
  await bench.close();
  for (const path of segmentsOn(bench)) bench.disk.remove(path);
  bench.disk.syncDirectory(PARTITION_DIRECTORY);
  expect(() => bench.open()).toThrow('is after the end 0');
});

test('a full disk while a snapshot is written is reported, and nothing else suffers', async () => {
  const bench = new UpkeepBench({ exporters: [], snapshots: { everyRecords: 1e9, everyMs: 5000 } });
  bench.open();
  await bench.deploy();
  await bench.create(5);
  bench.disk.capacityBytes = bench.disk.usedBytes + 500;
  bench.time.advance(5000);
  expect(bench.problems).toMatchObject([
    { kind: 'snapshot-failed', reason: expect.stringContaining('ENOSPC') },
  ]);
  expect(bench.snapshotPaths()).toEqual([]);
  bench.disk.capacityBytes = Number.POSITIVE_INFINITY;
  await bench.complete(2);
  bench.time.advance(5000);
  expect(bench.snapshotPaths()).toHaveLength(1);
  bench.time.advance(60_000);
  expect(bench.snapshotPaths()).toHaveLength(1); // nothing has happened since
});

test('a large state is not written again for a few records', async () => {
  const bench = new UpkeepBench({ exporters: [], snapshots: { everyRecords: 20 } });
  bench.open();
  await bench.deploy();
  await bench.create(60);
  const taken = new Set(bench.snapshotPaths());
  for (let round = 0; round < 20; round += 1) {
    await bench.create(1);
    for (const path of bench.snapshotPaths()) taken.add(path);
  }
  // 20 instances are more than 200 records: ten times the number after which one would be taken.
  expect(taken.size).toBeLessThan(5);
});
