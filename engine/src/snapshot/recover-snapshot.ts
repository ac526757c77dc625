import { LogError, type LogPosition } from '../log/index.ts';
import { type LoadedSnapshot, readSnapshot } from './read-snapshot.ts';
import { listSnapshots, type SnapshotFiles, snapshotPath } from './snapshot-files.ts';

/** A snapshot that can't be used; an older one or the log itself stood in for it. */
export type SkippedSnapshot = { readonly path: string; readonly error: unknown };

/**
 * The newest snapshot that can be used and that the log goes on from; undefined when there is none and the log is whole.
 * `logStart` is the first position that the log still has. Throws LogError `version` when the newest is of a newer
 * version: taking an older one would lose nothing, but then the newer software has been in use here; `corrupt` when the
 * log lacks what no snapshot has.
 */
export function recoverSnapshot(
  files: SnapshotFiles,
  logStart: LogPosition,
  onSkipped: (skipped: SkippedSnapshot) => void,
): LoadedSnapshot | undefined {
  const positions = listSnapshots(files);
  for (const position of positions) {
    const path = snapshotPath(files, position);
    try {
      if (position < logStart)
        throw new Error(`the log begins at ${logStart}, after the end of the snapshot`);
      return readSnapshot(files, position);
    } catch (error) {
      if (error instanceof LogError && error.code === 'version') throw error;
      onSkipped({ path, error });
    }
  }
  if (logStart === 0) return undefined;
  const message =
    `The log of partition ${files.partitionId} in ${files.directory} begins at position ${logStart}, and none of ` +
    `its ${positions.length} snapshots can be used for what was before. Nothing was changed. Put back a copy of one.`;
  throw new LogError('corrupt', message);
}
