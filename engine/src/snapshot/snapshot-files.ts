import { join } from 'node:path';
import type { Disk, LogPosition } from '../log/index.ts';

/** Where one partition's snapshots are: beside the segments of its log. */
export type SnapshotFiles = {
  readonly disk: Disk;
  readonly directory: string;
  /** From 1 on. */
  readonly partitionId: number;
};

const NAME = /^([0-9]{16})\.snapshot$/;

/** Named by the first position of the log that is not in it. */
export function snapshotPath(files: SnapshotFiles, next: LogPosition): string {
  return join(files.directory, `${String(next).padStart(16, '0')}.snapshot`);
}

/** Positions of the finished snapshots, the newest first. Throws the disk's error. */
export function listSnapshots(files: SnapshotFiles): LogPosition[] {
  return files.disk
    .list(files.directory)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map((digits) => Number(digits) as LogPosition)
    .sort((a, b) => b - a);
}

/** Removes all but the kept ones, durably. Throws the disk's error. */
export function removeSnapshots(files: SnapshotFiles, kept: readonly LogPosition[]): void {
  const removed = listSnapshots(files).filter((position) => !kept.includes(position));
  for (const position of removed) files.disk.remove(snapshotPath(files, position));
  if (removed.length > 0) files.disk.syncDirectory(files.directory);
}
