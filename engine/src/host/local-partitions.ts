import { parseBpmn } from '../bpmn/parse-bpmn.ts';
import type { ExporterStatus } from '../export/exporter-task.ts';
import type { Disk, FileLog, LogError } from '../log/index.ts';
import type { CommandDraft } from '../processing/context.ts';
import type { EngineRecord } from '../protocol/record.ts';
import { Cluster, type ClusterOptions } from '../stream/cluster.ts';
import type { Partition, PartitionLimits } from '../stream/partition.ts';
import type { ResourceReader } from '../stream/partition-definitions.ts';
import type { Clock, Scheduler } from '../stream/ports.ts';
import type { PartitionHost } from './partition-host.ts';
import { Upkeep, type UpkeepSettings } from './upkeep.ts';

export type LocalPartitionsOptions = UpkeepSettings & {
  /** Closed with the host. */
  readonly log: FileLog;
  /** The log's. */
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly limits: PartitionLimits;
  /** See `EngineOptions`. */
  readonly onRecords?: ((records: readonly EngineRecord[], batch: Uint8Array) => void) | undefined;
  readonly onFailure?: ((partitionId: number, error: LogError) => void) | undefined;
  /** The partitions to run, and where commands to others go. Default: all. */
  readonly part?: Required<Pick<ClusterOptions, 'partitionIds' | 'elsewhere'>>;
  /** How partitions hear of each other and how files are read, for the simulator. */
  readonly carry?: (deliver: () => void) => void;
  readonly readResource?: ResourceReader;
};

/** Partitions that run in this thread. */
export class LocalPartitions implements PartitionHost {
  readonly #cluster: Cluster;
  readonly #upkeep: Upkeep;
  #onJobs: (type: string) => void = () => {};

  /** Replays the log. Throws LogError or CodecError; the log is then still open. */
  constructor(options: LocalPartitionsOptions) {
    const { log, directory, disk, clock, scheduler, limits, part, carry, onRecords, onFailure } = options;
    const { readResource = readBpmnResource } = options;
    const source = (partitionId: number) => this.#cluster.partition(partitionId)?.snapshotSource();
    this.#upkeep = new Upkeep(options, {
      log,
      directory,
      disk,
      clock,
      scheduler,
      source,
      ...(part === undefined ? {} : { partitionIds: part.partitionIds }),
    });
    this.#cluster = new Cluster({
      log,
      limits,
      clock,
      scheduler,
      readResource,
      recover: (partitionId, logStart) => this.#upkeep.recover(partitionId, logStart),
      onJobs: (type) => this.#onJobs(type),
      onRecords: (records, batch) => {
        const [first] = records;
        if (first !== undefined) this.#upkeep.note(first.partitionId, records.length);
        onRecords?.(records, batch);
      },
      ...part,
      ...(carry === undefined ? {} : { carry }),
      ...(onFailure === undefined ? {} : { onFailure }),
    });
  }

  get size(): number {
    return this.#cluster.size;
  }

  partition(partitionId: number): Partition | undefined {
    return this.#cluster.partition(partitionId);
  }

  start(onJobs: (type: string) => void): void {
    this.#onJobs = onJobs;
    this.#upkeep.start();
  }

  /** Takes a command of a partition that runs elsewhere. It is lost when this one is not open. */
  deliver(partitionId: number, command: CommandDraft): void {
    this.#cluster.partition(partitionId)?.send(command);
  }

  reopen(partitionId: number): void {
    this.#cluster.reopen(partitionId);
    this.#upkeep.note(partitionId, 0); // what was in doubt may have turned out to be durable
  }

  get exporters(): readonly ExporterStatus[] {
    return this.#upkeep.exporters;
  }

  async close(): Promise<void> {
    this.#upkeep.takeSnapshots();
    this.#cluster.stop();
    await this.#upkeep.close();
    await this.#cluster.close();
  }
}

const readBpmnResource: ResourceReader = (resource) =>
  parseBpmn(Buffer.from(resource, 'base64').toString('utf8'));
