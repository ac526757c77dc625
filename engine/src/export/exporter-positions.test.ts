import { expect, test } from 'vitest';
import type { LogPosition } from '../log/index.ts';
import { SimulatedDisk } from '../log/simulated-disk.ts';
import { ExporterPositions } from './exporter-positions.ts';

const at = (next: number, memo?: string) => ({ next: next as LogPosition, position: next / 10, memo });
const open = (disk: SimulatedDisk, ids: string[], damaged: string[] = []) =>
  new ExporterPositions(disk, '/p', ids, (path) => damaged.push(path));

test('only what was saved is there after a restart, and only of exporters that are still there', () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const positions = open(disk, ['a', 'b']);
  positions.set('a', at(100, 'memo'));
  positions.set('b', at(70));
  expect(positions.durable('a')).toBeUndefined();
  positions.save();
  positions.set('a', at(200));
  expect(positions.durable('a')).toBe(100);
  disk.crash('power');
  const again = open(disk, ['a', 'c']);
  expect(again.get('a')).toEqual(at(100, 'memo'));
  expect(again.get('b')).toBeUndefined();
  expect(again.durable('c')).toBeUndefined();
});

test('a power loss at any moment leaves the positions before or after, never others', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const disk = new SimulatedDisk({ seed, sectorBytes: 8 });
    const positions = open(disk, ['a']);
    positions.set('a', at(100));
    positions.save();
    positions.set('a', at(200));
    disk.stopAfter(seed % 8);
    let isSaved = false;
    try {
      positions.save();
      isSaved = true;
    } catch {
      // The machine stopped.
    }
    disk.crash('power');
    const damaged: string[] = [];
    const next = open(disk, ['a'], damaged).get('a')?.next;
    expect(isSaved ? [200] : [100, 200], `seed ${seed}`).toContain(next);
    expect(damaged).toEqual([]);
  }
});

test('a damaged file is reported and counts as none', () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const disk = new SimulatedDisk({ seed });
    const positions = open(disk, ['a']);
    positions.set('a', at(100));
    positions.save();
    disk.flipBit('/p/exporters.json');
    const damaged: string[] = [];
    expect(open(disk, ['a'], damaged).get('a'), `seed ${seed}`).toBeUndefined();
    expect(damaged).toEqual(['/p/exporters.json']);
  }
});
