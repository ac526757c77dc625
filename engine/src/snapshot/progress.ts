import type { LogPosition } from '../log/index.ts';
import type { CommandRecord } from '../protocol/record.ts';
import type { Store } from '../state/store.ts';

/** Where a partition stands beside its tables. */
export type SnapshotProgress = {
  readonly lastPosition: number;
  readonly keyCounter: number;
  /** Commands that are written but not processed, in the order in which they are to be. */
  readonly leftOver: readonly { readonly command: CommandRecord; readonly chainLength: number }[];
  /** The first batch in the log that is not in the state. All before it is durable. */
  readonly next: LogPosition;
};

/** What a snapshot is taken of: tables and progress of the same moment, with everything in them committed. */
export type SnapshotSource = { readonly store: Store; readonly progress: SnapshotProgress };
