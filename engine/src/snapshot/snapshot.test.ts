import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LOG_START, type LogPosition } from '../log/index.ts';
import { SimulatedDisk } from '../log/simulated-disk.ts';
import { keyOf } from '../protocol/key.ts';
import type { CommandRecord } from '../protocol/record.ts';
import { withDefaults } from '../protocol/value-types.ts';
import { dumpState } from '../state/dump.testkit.ts';
import { createEngineState, type EngineState } from '../state/engine-state.ts';
import type { SnapshotProgress } from './progress.ts';
import { readSnapshot } from './read-snapshot.ts';
import { recoverSnapshot, type SkippedSnapshot } from './recover-snapshot.ts';
import { listSnapshots, snapshotPath } from './snapshot-files.ts';
import { snapshotHeader } from './snapshot-format.ts';
import { SnapshotWriter } from './snapshot-writer.ts';

const DIRECTORY = '/engine/partition-0';

function filesOn(disk: SimulatedDisk) {
  disk.makeDirectory(DIRECTORY);
  return { disk, directory: DIRECTORY, partitionId: 1 };
}

function progressAt(next: number): SnapshotProgress {
  const leftOver = {
    partitionId: 1,
    position: 41,
    sourceRecordPosition: 40,
    key: keyOf(1, 7),
    timestamp: 1_700_000_000_000,
    recordType: 'COMMAND',
    valueType: 'JOB',
    intent: 'COMPLETE',
    rejectionType: 'NULL_VAL',
    rejectionReason: '',
    value: withDefaults('JOB', { type: 'pay' }),
    brokerVersion: '0.1.0',
    recordVersion: 1,
  } as unknown as CommandRecord;
  return {
    lastPosition: 42,
    keyCounter: 2 ** 40,
    leftOver: [{ command: leftOver, chainLength: 3 }],
    next: next as LogPosition,
  };
}

/** Sets, changes or deletes a few rows of every kind of table. */
function change(state: EngineState, numbers: readonly number[]): void {
  const { tables, store } = state;
  for (const number of numbers) {
    const key = keyOf(1, (number % 13) + 1);
    if (number % 3 === 0) {
      tables.jobs.delete(key);
      tables.jobDeadlines.delete(key);
      tables.activatableJobs.delete('pay', key);
      continue;
    }
    const value = withDefaults('JOB', { type: 'pay', retries: number, elementInstanceKey: key });
    tables.jobs.set(key, { value, state: number % 2 === 0 ? 'ACTIVATABLE' : 'FAILED' });
    tables.jobDeadlines.set(key, 1_700_000_000_000 + number);
    tables.activatableJobs.set('pay', key, true);
  }
  store.commit();
}

function write(writer: SnapshotWriter): void {
  while (!writer.writeSlice());
}

const numbers = fc.array(fc.nat(1000), { maxLength: 60 });

test('a snapshot holds the state at its begin, whatever changes while it is written', () => {
  fc.assert(
    fc.property(numbers, fc.array(numbers, { maxLength: 12 }), (before, during) => {
      const files = filesOn(new SimulatedDisk({ seed: 1 }));
      const state = createEngineState();
      change(state, before);
      const expected = dumpState(state.tables);
      const progress = progressAt(123);
      const writer = new SnapshotWriter(files, { store: state.store, progress });
      for (const some of during) {
        change(state, some);
        if (writer.writeSlice()) return;
      }
      write(writer);
      const loaded = readSnapshot(files, progress.next);
      expect(dumpState(loaded.state.tables)).toEqual(expected);
      expect(loaded.progress).toEqual(progress);
    }),
  );
});

test('reading all rows while a snapshot is written does not change what it will hold', () => {
  const files = filesOn(new SimulatedDisk({ seed: 1 }));
  const state = createEngineState();
  change(state, [1, 2, 4]);
  const expected = dumpState(state.tables);
  const writer = new SnapshotWriter(files, { store: state.store, progress: progressAt(5) });
  expect(dumpState(state.tables)).toEqual(expected);
  change(state, [5, 7, 8, 14, 15]);
  write(writer);
  expect(dumpState(readSnapshot(files, 5 as LogPosition).state.tables)).toEqual(expected);
});

test('a large table is written in many slices, none of them long', () => {
  const files = filesOn(new SimulatedDisk({ seed: 1 }));
  const state = createEngineState();
  for (let number = 1; number <= 2000; number += 1) {
    const value = withDefaults('JOB', { type: 'pay', errorMessage: 'x'.repeat(number % 400) });
    state.tables.jobs.set(keyOf(1, number), { value, state: 'FAILED' });
  }
  const writer = new SnapshotWriter(files, { store: state.store, progress: progressAt(5) });
  let slices = 1;
  let largest = 0;
  for (let before = writer.bytes; !writer.writeSlice(); slices += 1) {
    largest = Math.max(largest, writer.bytes - before);
    before = writer.bytes;
  }
  expect(slices).toBeGreaterThan(2000 / 256);
  expect(largest).toBeLessThan(2 * 64 * 1024);
  expect(readSnapshot(files, 5 as LogPosition).state.tables.jobs.size).toBe(2000);
});

test('a flipped bit anywhere in the newest snapshot is found, and the previous one stands in', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const disk = new SimulatedDisk({ seed });
    const files = filesOn(disk);
    const state = createEngineState();
    change(state, [1, 2, 4, 5, 7]);
    write(new SnapshotWriter(files, { store: state.store, progress: progressAt(10) }));
    const older = dumpState(state.tables);
    change(state, [8, 10, 11]);
    write(new SnapshotWriter(files, { store: state.store, progress: progressAt(20) }));
    const newest = snapshotPath(files, 20 as LogPosition);
    const byte = disk.flipBit(newest);
    const skipped: SkippedSnapshot[] = [];
    const loaded = recoverSnapshot(files, LOG_START, (one) => skipped.push(one));
    expect(loaded?.progress.next, `seed ${seed}, byte ${byte}`).toBe(10);
    expect(skipped).toMatchObject([{ path: newest, error: { code: 'corrupt' } }]);
    if (loaded !== undefined) expect(dumpState(loaded.state.tables)).toEqual(older);
  }
});

test('a snapshot whose writing a power loss ended is never taken for one', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const disk = new SimulatedDisk({ seed, sectorBytes: 16 });
    const files = filesOn(disk);
    const state = createEngineState();
    change(state, [1, 2, 4, 5, 7]);
    write(new SnapshotWriter(files, { store: state.store, progress: progressAt(10) }));
    const older = dumpState(state.tables);
    change(state, [8, 10, 11]);
    const newer = dumpState(state.tables);
    disk.stopAfter(seed % 20);
    let isDurable = false;
    try {
      write(new SnapshotWriter(files, { store: state.store, progress: progressAt(20) }));
      isDurable = true;
    } catch {
      // The machine stopped.
    }
    disk.crash('power');
    const skipped: SkippedSnapshot[] = [];
    const loaded = recoverSnapshot(files, LOG_START, (one) => skipped.push(one));
    expect(skipped, `seed ${seed}`).toEqual([]);
    const next = loaded?.progress.next;
    if (isDurable) expect(next, `seed ${seed}`).toBe(20);
    expect([10, 20]).toContain(next);
    if (loaded !== undefined) {
      expect(dumpState(loaded.state.tables), `seed ${seed}`).toEqual(next === 20 ? newer : older);
    }
  }
});

test('one that could not be written leaves the table free for the next, and no file behind', () => {
  const disk = new SimulatedDisk({ seed: 3 });
  const files = filesOn(disk);
  const state = createEngineState();
  change(state, [1, 2, 4]);
  disk.capacityBytes = 700;
  expect(() => write(new SnapshotWriter(files, { store: state.store, progress: progressAt(10) }))).toThrow(
    'ENOSPC',
  );
  expect(disk.paths).toEqual([]);
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  write(new SnapshotWriter(files, { store: state.store, progress: progressAt(10) }));
  expect(listSnapshots(files)).toEqual([10]);
});

test('a snapshot of a newer version is refused, not skipped', () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const files = filesOn(disk);
  const state = createEngineState();
  write(new SnapshotWriter(files, { store: state.store, progress: progressAt(10) }));
  const file = disk.open(snapshotPath(files, 20 as LogPosition), 'create');
  file.write([snapshotHeader(1, 20, 2)], 0);
  const open = () => recoverSnapshot(files, LOG_START, () => {});
  expect(open).toThrow('it has format version 2, newer than 1. Upgrade first');
});

test('a table of a newer version, or one that is not known, is refused', () => {
  for (const [table, message] of [
    [{ name: 'jobs', version: 9 }, "its table 'jobs' has version 9, not 1. Upgrade first"],
    [{ name: 'dreams', version: 1 }, "it has the unknown table 'dreams'. Upgrade first"],
  ] as const) {
    const files = filesOn(new SimulatedDisk({ seed: 1 }));
    const { store } = createEngineState();
    const part = { ...table, size: 0, copy: () => [].values(), load: () => {}, restore: () => {} };
    const parts = [...store.parts.filter(({ name }) => name !== table.name), part];
    const strange = Object.create(store, { parts: { value: parts } }) as typeof store;
    write(new SnapshotWriter(files, { store: strange, progress: progressAt(10) }));
    expect(() => recoverSnapshot(files, LOG_START, () => {})).toThrow(message);
  }
});

test('without a usable snapshot a log that lost its begin is refused', () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const files = filesOn(disk);
  expect(recoverSnapshot(files, LOG_START, () => {})).toBeUndefined();
  expect(() => recoverSnapshot(files, 64 as LogPosition, () => {})).toThrow(
    'begins at position 64, and none of its 0 snapshots can be used',
  );
});
