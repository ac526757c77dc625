import type { FileLog, LogError, LogOwner, LogPosition, LogReader } from '../log/index.ts';
import type { CommandDraft, Effect } from '../processing/context.ts';
import type { EngineRecord } from '../protocol/record.ts';
import { openPartition, type Partition, type PartitionLimits, type PartitionOptions } from './partition.ts';
import type { ResourceReader } from './partition-definitions.ts';
import type { Clock, Scheduler } from './ports.ts';

export type ClusterOptions = {
  /** Closed with the cluster. */
  readonly log: FileLog;
  /** The partitions to run, from 1 on. Default: all of the log. */
  readonly partitionIds?: readonly number[];
  /** Where commands to other partitions than those go. */
  readonly elsewhere?: (partitionId: number, command: CommandDraft) => void;
  readonly limits: PartitionLimits;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly readResource: ResourceReader;
  /** What a partition begins with; undefined: the log from its begin. Throws LogError. Default: always the log. */
  readonly recover?: (partitionId: number, logStart: LogPosition) => PartitionOptions['snapshot'];
  /** What became durable, in the order of each partition; and as it is in the log. Must not throw. */
  readonly onRecords?: (records: readonly EngineRecord[], batch: Uint8Array) => void;
  /** There is a job of the type that a worker could have. */
  readonly onJobs?: (type: string) => void;
  /**
   * How commands get from one partition to another; default: at once. May lose and repeat them, but not let one pass
   * another.
   */
  readonly carry?: (deliver: () => void) => void;
  /** The partition's disk failed: it does nothing until `reopen`. */
  readonly onFailure?: (partitionId: number, error: LogError) => void;
};

/** All partitions of an engine, and the way of commands from one to another. */
export class Cluster {
  readonly #options: ClusterOptions;
  /** With all that run here; undefined while one has failed. */
  readonly #partitions = new Map<number, Partition | undefined>();
  readonly #readers = new Map<number, LogReader>();
  #closed = false;

  /** Replays all partitions and sets them to work. Throws LogError or CodecError; the log is then still open. */
  constructor(options: ClusterOptions) {
    this.#options = options;
    const all = Array.from({ length: options.log.partitions }, (_, index) => index + 1);
    for (const id of options.partitionIds ?? all) this.#partitions.set(id, this.#open(id));
    for (const partition of this.#partitions.values()) partition?.start();
  }

  get size(): number {
    return this.#options.log.partitions;
  }

  /** Undefined when it has failed or the cluster is closed. Ids count from 1. */
  partition(partitionId: number): Partition | undefined {
    return this.#partitions.get(partitionId);
  }

  /**
   * Opens a partition that has failed, from what is durable. Throws LogError when the disk still fails: try again
   * later. Nothing happens when it is open.
   */
  reopen(partitionId: number): void {
    if (this.#closed || this.partition(partitionId) !== undefined) return;
    const partition = this.#open(partitionId);
    this.#partitions.set(partitionId, partition);
    partition.start();
  }

  /** Stops all partitions at once. The log is still open. */
  stop(): void {
    this.#closed = true;
    for (const [id, partition] of this.#partitions) {
      partition?.stop();
      this.#partitions.set(id, undefined);
    }
  }

  async close(): Promise<void> {
    this.stop();
    await this.#options.log.close();
  }

  #open(partitionId: number): Partition {
    const { log, limits, clock, scheduler, readResource, recover } = this.#options;
    const owner: LogOwner = log.owner(partitionId - 1);
    this.#readers.get(partitionId)?.close();
    const reader = log.reader(partitionId - 1);
    this.#readers.set(partitionId, reader);
    return openPartition({
      partitionId,
      partitions: log.partitions,
      owner,
      reader,
      readResource,
      clock,
      scheduler,
      limits,
      snapshot: recover?.(partitionId, reader.start),
      onDurable: (records, effects, batch) => this.#onDurable(records, effects, batch),
      onFailure: (error) => {
        this.#partitions.set(partitionId, undefined);
        this.#options.onFailure?.(partitionId, error);
      },
    });
  }

  #onDurable(
    records: readonly EngineRecord[],
    effects: readonly Effect[],
    batch: Uint8Array | undefined,
  ): void {
    for (const effect of effects) {
      if (effect.kind === 'jobsAvailable') this.#options.onJobs?.(effect.type);
      if (effect.kind === 'send') this.#send(effect.partitionId, effect.command);
    }
    if (batch !== undefined) this.#options.onRecords?.(records, batch);
  }

  #send(partitionId: number, command: CommandDraft): void {
    const { elsewhere, carry = atOnce } = this.#options;
    if (elsewhere !== undefined && !this.#partitions.has(partitionId)) {
      elsewhere(partitionId, command);
      return;
    }
    // A command to a partition that is not open is lost: its sender sends it again until it is acknowledged.
    carry(() => this.partition(partitionId)?.send(command));
  }
}

function atOnce(deliver: () => void): void {
  deliver();
}
