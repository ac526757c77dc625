import { LogError } from '../src/log/index.ts';
import type { SimulatedDisk } from '../src/log/simulated-disk.ts';

/** A file before one of its bits went bad. */
export type Rot = { readonly path: string; readonly before: Uint8Array; readonly offset: number };

/** Lets one bit of one file go bad, durably; undefined when there is none to. */
export function rot(disk: SimulatedDisk, path: string): Rot | undefined {
  const before = contentOf(disk, path);
  if (before === undefined || before.length === 0) return undefined;
  return { path, before, offset: disk.flipBit(path) };
}

/**
 * Puts back the copy that an operator has, unless the file has been written anew meanwhile. Only files of which the
 * engine says that they can't be repaired are put back: segments and snapshots, whose names are never used twice.
 */
export function putBack(disk: SimulatedDisk, { path, before, offset }: Rot, cut: boolean): void {
  const now = contentOf(disk, path);
  if (now === undefined || !/\.(log|snapshot)$/.test(path)) return;
  const file = disk.open(path, 'update');
  if (cut) {
    file.truncate(0);
    file.write([before], 0);
  } else if (now[offset] !== before[offset] && offset < now.length) {
    file.write([before.subarray(offset, offset + 1)], offset);
  }
  file.sync();
  file.close();
}

export function isRefusal(error: unknown): boolean {
  return error instanceof LogError && (error.code === 'corrupt' || error.code === 'version');
}

function contentOf(disk: SimulatedDisk, path: string): Uint8Array | undefined {
  if (!disk.paths.includes(path)) return undefined;
  const file = disk.open(path, 'read');
  const content = new Uint8Array(file.size());
  file.read(content, 0);
  file.close();
  return content;
}
