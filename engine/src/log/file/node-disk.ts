import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
  writevSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Disk, DiskFile } from './disk.ts';
import { ownDirectory } from './owner-lock.ts';

const OPEN_FLAGS = { read: 'r', update: 'r+', create: 'wx+' } as const;

/** The real disk, through node:fs. */
export const nodeDisk: Disk = {
  makeDirectory(path) {
    const firstCreated = mkdirSync(path, { recursive: true });
    if (firstCreated === undefined) return;
    const top = dirname(resolve(firstCreated));
    for (let at = dirname(resolve(path)); at.length >= top.length; at = dirname(at)) {
      syncDirectory(at);
      if (at === dirname(at)) break;
    }
  },
  list: (directory) => readdirSync(directory),
  open: (path, mode) => nodeFile(openSync(path, OPEN_FLAGS[mode])),
  remove: (path) => unlinkSync(path),
  rename: (path, newPath) => renameSync(path, newPath),
  syncDirectory,
  own: ownDirectory,
};

function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function nodeFile(descriptor: number): DiskFile {
  return {
    size: () => fstatSync(descriptor).size,
    read(target, offset) {
      let done = 0;
      while (done < target.length) {
        const bytes = readSync(descriptor, target, done, target.length - done, offset + done);
        if (bytes === 0) break;
        done += bytes;
      }
      return done;
    },
    write(chunks, offset) {
      let rest = chunks;
      let at = offset;
      while (rest.length > 0) {
        const bytes = writevSync(descriptor, rest as Uint8Array[], at);
        at += bytes;
        rest = after(rest, bytes);
      }
    },
    truncate: (sizeBytes) => ftruncateSync(descriptor, sizeBytes),
    // fdatasync also flushes a changed size; only times stay behind.
    sync: () => fdatasyncSync(descriptor),
    close: () => closeSync(descriptor),
  };
}

/** What is left of the chunks after the first `bytes`: a write may be cut short by a signal or a quota. */
function after(chunks: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let skip = bytes;
  for (const [index, chunk] of chunks.entries()) {
    if (skip < chunk.length) return [chunk.subarray(skip), ...chunks.slice(index + 1)];
    skip -= chunk.length;
  }
  return [];
}
