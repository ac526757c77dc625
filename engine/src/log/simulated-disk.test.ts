import { expect, test } from 'vitest';
import { SimulatedDisk } from './simulated-disk.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function diskWithFile(seed: number) {
  const disk = new SimulatedDisk({ seed, sectorBytes: 4 });
  disk.makeDirectory('/d');
  const file = disk.open('/d/f', 'create');
  file.write([bytes('synced..')], 0);
  file.sync();
  disk.syncDirectory('/d');
  return { disk, file };
}

function content(disk: SimulatedDisk): string {
  const file = disk.open('/d/f', 'read');
  const target = new Uint8Array(file.size());
  file.read(target, 0);
  return Buffer.from(target).toString('latin1');
}

function outcomes(change: (seed: number) => string): Set<string> {
  return new Set(Array.from({ length: 200 }, (_, seed) => change(seed)));
}

test('a kill keeps what was written, a power loss keeps all that was synced', () => {
  for (const kind of ['kill', 'power'] as const) {
    const { disk } = diskWithFile(1);
    disk.crash(kind);
    expect(content(disk)).toBe('synced..');
  }
  const { disk, file } = diskWithFile(1);
  file.write([bytes('more')], 8);
  disk.crash('kill');
  expect(content(disk)).toBe('synced..more');
  expect(() => file.write([bytes('late')], 12)).toThrow('before the crash');
});

test('at a power loss unsynced writes are kept, dropped, torn and reordered', () => {
  const seen = outcomes((seed) => {
    const { disk, file } = diskWithFile(seed);
    file.write([bytes('aaaabbbb')], 8);
    file.write([bytes('cccc')], 16);
    disk.crash('power');
    return content(disk);
  });
  const hole = '\0\0\0\0';
  const expected = ['', 'aaaabbbbcccc', 'aaaabbbb', 'aaaa', `${hole}bbbb`, `${hole}${hole}cccc`];
  for (const tail of expected) expect(seen).toContain(`synced..${tail}`);
  for (const one of seen) expect(one.startsWith('synced..')).toBe(true);
});

test('at a power loss unsynced creations and removals may be undone', () => {
  const seen = outcomes((seed) => {
    const { disk } = diskWithFile(seed);
    disk.open('/d/g', 'create');
    disk.remove('/d/f');
    disk.crash('power');
    return disk.list('/d').join();
  });
  expect(seen).toEqual(new Set(['', 'f', 'g', 'f,g']));
});

test('after a failed sync the cache looks clean, but the disk may not have the content', () => {
  const seen = outcomes((seed) => {
    const { disk, file } = diskWithFile(seed);
    file.write([bytes('lost')], 8);
    disk.syncFailureChance = 1;
    expect(() => file.sync()).toThrow('EIO');
    disk.syncFailureChance = 0;
    file.sync();
    expect(content(disk)).toBe('synced..lost');
    disk.crash('power');
    return content(disk);
  });
  expect(seen).toContain('synced..');
  expect(seen).toContain('synced..lost');
});

test('a full disk takes what fits and refuses the rest', () => {
  const { disk, file } = diskWithFile(1);
  disk.capacityBytes = 10;
  expect(() => file.write([bytes('four')], 8)).toThrow('ENOSPC');
  expect(content(disk)).toBe('synced..fo');
});

test('the same seed does the same', () => {
  const run = (): string => {
    const { disk, file } = diskWithFile(7);
    for (let at = 8; at < 200; at += 3) file.write([bytes('xyz')], at);
    disk.crash('power');
    return content(disk);
  };
  expect(run()).toBe(run());
});

test('a power loss leaves an unsynced renaming wholly done or not at all', () => {
  const seen = outcomes((seed) => {
    const { disk } = diskWithFile(seed);
    const other = disk.open('/d/g', 'create');
    other.write([bytes('replaced')], 0);
    other.sync();
    disk.syncDirectory('/d');
    disk.rename('/d/g', '/d/f');
    expect(disk.paths).toEqual(['/d/f']);
    expect(content(disk)).toBe('replaced');
    disk.crash('power');
    return `${disk.paths.join(' ')} ${content(disk)}`;
  });
  expect([...seen].sort()).toEqual(['/d/f /d/g synced..', '/d/f replaced']);
});
