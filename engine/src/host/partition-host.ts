import type { ExporterStatus } from '../export/exporter-task.ts';
import type { CommandDraft } from '../processing/context.ts';
import type { Reply } from '../stream/partition.ts';

/** A partition that is open, as clients in this thread see it, wherever it runs. */
export interface HostedPartition {
  /**
   * Resolves with what the client is told once it is durable, or what the client awaits has come. `onTaken` is called
   * once, when the command itself is done with.
   */
  submit(draft: CommandDraft, onTaken?: () => void): Promise<Reply>;
  /** Whether there are jobs of the type that a worker could have; they may be gone when one asks. */
  hasJobs(type: string): boolean;
}

/** Runs the partitions of an engine, with their snapshots and exporters. */
export interface PartitionHost {
  readonly size: number;
  /** Undefined when it has failed or the host is closed. Ids count from 1. */
  partition(partitionId: number): HostedPartition | undefined;
  /** Takes up work. `onJobs` is told that there is a job of the type that a worker could have. */
  start(onJobs: (type: string) => void): void;
  /**
   * Opens a partition that has failed, from what is durable. Throws or rejects with LogError when that still fails: try
   * again later. Nothing happens when it is open.
   */
  reopen(partitionId: number): void | Promise<void>;
  /** One for each partition and exporter. */
  readonly exporters: readonly ExporterStatus[];
  /** Stops all at once; then takes snapshots, lets exporters bring over what is there and lets go of the directory. */
  close(): Promise<void>;
}
