import { expect, test } from 'vitest';
import { SimulatedDisk } from '../simulated-disk.ts';
import { openFileLog } from './file-log.ts';
import { ownLogDirectory } from './log-directory.ts';

const own = (disk: SimulatedDisk, partitions: number | undefined) =>
  ownLogDirectory(disk, '/log', { kind: 'fixed', partitions });

function write(disk: SimulatedDisk, text: string): void {
  disk.makeDirectory('/log');
  const file = disk.open('/log/partitions.json', 'create');
  file.write([Buffer.from(text)], 0);
}

test('a directory keeps the number of partitions that it was created with, whoever asks for none gets it', () => {
  const disk = new SimulatedDisk({ seed: 1 });
  own(disk, 3).release();
  disk.crash('power');
  expect(() => own(disk, 5)).toThrow(
    'Expected 3 partitions, as the directory /log was created with, but got 5: ask for 3 or for none, or use a new directory',
  );
  const owned = own(disk, undefined);
  expect(owned.partitions).toBe(3);
  owned.release();
  expect(own(disk, 3).partitions).toBe(3);
});

test('a new directory has one partition when nobody asks for more', () => {
  expect(own(new SimulatedDisk({ seed: 1 }), undefined).partitions).toBe(1);
});

test('a log of before the number was kept has as many partitions as it has directories', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  await openFileLog({ directory: '/log', partitions: 2, disk }).close();
  expect(() => own(disk, 3)).toThrow('Expected 2 partitions');
  expect(own(disk, undefined).partitions).toBe(2);
});

test('at whatever moment the disk stops, the directory opens with the number again', () => {
  for (let calls = 0; calls < 12; calls += 1) {
    const disk = new SimulatedDisk({ seed: calls });
    disk.stopAfter(calls);
    try {
      own(disk, 3).release();
    } catch {
      // It had stopped.
    }
    disk.stopAfter(Number.POSITIVE_INFINITY);
    disk.crash('power');
    expect(own(disk, 3).partitions).toBe(3);
  }
});

test('a damaged number is told, and one of a newer version refused', () => {
  const damaged = new SimulatedDisk({ seed: 1 });
  write(damaged, '{"version":1,"parti');
  expect(() => own(damaged, 1)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  const newer = new SimulatedDisk({ seed: 1 });
  write(newer, '{"version":2,"partitions":3}');
  expect(() => own(newer, 3)).toThrow(expect.objectContaining({ code: 'version' }));
});
