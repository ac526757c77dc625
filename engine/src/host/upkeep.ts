import type { ExporterDefinition } from '../export/exporter.ts';
import { defineExporter, type ExporterDescription } from '../export/exporter-description.ts';
import type { ExporterLimits, ExporterStatus } from '../export/exporter-task.ts';
import { type ExporterProblem, Exporters } from '../export/exporters.ts';
import { type Disk, type FileLog, type LogPosition, partitionDirectory } from '../log/index.ts';
import type { SnapshotSource } from '../snapshot/progress.ts';
import type { LoadedSnapshot } from '../snapshot/read-snapshot.ts';
import { type SnapshotSettings, Snapshots } from '../snapshot/snapshots.ts';
import type { Clock, Scheduler } from '../stream/ports.ts';

/** What went wrong beside the processing, which goes on. */
export type EngineProblem = {
  readonly kind: 'snapshot-skipped' | 'snapshot-failed' | 'compaction-failed' | ExporterProblem['kind'];
  readonly partitionId: number;
  readonly exporterId: string | undefined;
  readonly reason: string;
};

export type UpkeepSettings = {
  /** When to take snapshots; false: never, then nothing is deleted either. Those that are there are used. */
  readonly snapshots?: Partial<SnapshotSettings> | false;
  readonly exporters?: readonly (ExporterDefinition | ExporterDescription)[];
  readonly exporterLimits?: Partial<ExporterLimits>;
  /** How long closing waits for exporters that still have something to do. Default 2 s. */
  readonly closeWaitMs?: number;
  /** Must not throw. */
  readonly onProblem?: (problem: EngineProblem) => void;
};

export type UpkeepPorts = {
  readonly log: FileLog;
  /** The partitions to keep up, from 1 on. Default: all of the log. */
  readonly partitionIds?: readonly number[];
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly source: (partitionId: number) => SnapshotSource | undefined;
};

const DEFAULT_SNAPSHOTS: SnapshotSettings = { everyRecords: 200_000, everyMs: 300_000 };
const CLOSE_WAIT_MS = 2000;

/** What each partition needs beside its processing: snapshots, exporters, and the deletion of what neither needs. */
export class Upkeep {
  readonly #settings: UpkeepSettings;
  readonly #partitions = new Map<number, PartitionUpkeep>();

  /** Throws LogError or the disk's error. */
  constructor(settings: UpkeepSettings, ports: UpkeepPorts) {
    this.#settings = settings;
    const all = Array.from({ length: ports.log.partitions }, (_, index) => index + 1);
    for (const id of ports.partitionIds ?? all)
      this.#partitions.set(id, new PartitionUpkeep(id, settings, ports));
  }

  /** What the partition is to begin with; undefined: the log from its begin. Throws LogError or the disk's error. */
  recover(partitionId: number, logStart: LogPosition): LoadedSnapshot | undefined {
    return this.#partition(partitionId).recover(logStart);
  }

  start(): void {
    for (const partition of this.#partitions.values()) partition.start();
  }

  /** Tells that the partition has made records durable. */
  note(partitionId: number, records: number): void {
    this.#partition(partitionId).note(records);
  }

  get exporters(): readonly ExporterStatus[] {
    return [...this.#partitions.values()].flatMap(({ exporters }) => exporters.status);
  }

  /** Takes the last snapshots before it returns. While the partitions can still be copied. */
  takeSnapshots(): void {
    for (const partition of this.#partitions.values()) partition.takeSnapshot();
  }

  /** Never rejects. */
  async close(): Promise<void> {
    const { closeWaitMs = CLOSE_WAIT_MS } = this.#settings;
    await Promise.all([...this.#partitions.values()].map((partition) => partition.close(closeWaitMs)));
  }

  #partition(partitionId: number): PartitionUpkeep {
    return this.#partitions.get(partitionId) as PartitionUpkeep; // the cluster has no others
  }
}

class PartitionUpkeep {
  readonly exporters: Exporters;
  readonly #id: number;
  readonly #settings: UpkeepSettings;
  readonly #ports: UpkeepPorts;
  readonly #snapshots: Snapshots;
  #deletedBefore = 0;

  constructor(id: number, settings: UpkeepSettings, ports: UpkeepPorts) {
    this.#id = id;
    this.#settings = settings;
    this.#ports = ports;
    const { disk, scheduler, clock, log } = ports;
    const directory = partitionDirectory(ports.directory, id - 1);
    const when = settings.snapshots === false ? {} : settings.snapshots;
    this.#snapshots = new Snapshots(
      { disk, directory, partitionId: id },
      { ...DEFAULT_SNAPSHOTS, ...when },
      {
        soon: (run) => scheduler.soon(run),
        after: (delayMs, run) => scheduler.after(delayMs, run),
        source: () => (settings.snapshots === false ? undefined : ports.source(id)),
        onTaken: () => this.#compact(),
        onSkipped: ({ path, error }) => this.#report('snapshot-skipped', `${path}: ${reasonOf(error)}`),
        onFailed: (error) => this.#report('snapshot-failed', reasonOf(error)),
      },
    );
    this.exporters = new Exporters({
      partitionId: id,
      disk,
      directory,
      definitions: (settings.exporters ?? []).map(defineExporter),
      ...(settings.exporterLimits === undefined ? {} : { limits: settings.exporterLimits }),
      reader: () => log.reader(id - 1),
      clock,
      scheduler,
      onSaved: () => this.#compact(),
      onProblem: ({ kind, reason, exporterId }) => this.#report(kind, reason, exporterId),
    });
  }

  recover(logStart: LogPosition): LoadedSnapshot | undefined {
    return this.#snapshots.recover(logStart);
  }

  start(): void {
    this.#snapshots.start();
    this.exporters.wake();
  }

  note(records: number): void {
    this.#snapshots.note(records);
    this.exporters.wake();
  }

  takeSnapshot(): void {
    this.#snapshots.takeNow();
  }

  async close(waitMs: number): Promise<void> {
    this.#snapshots.stop();
    await this.exporters.close(waitMs);
  }

  /** Deletes what is in the kept snapshots and was made safe by every exporter. */
  #compact(): void {
    const boundary = Math.min(this.#snapshots.boundary, this.exporters.boundary) as LogPosition;
    if (boundary <= this.#deletedBefore) return;
    try {
      this.#ports.log.truncateBefore(this.#id - 1, boundary);
      this.#deletedBefore = boundary;
    } catch (error) {
      this.#report('compaction-failed', reasonOf(error));
    }
  }

  #report(kind: EngineProblem['kind'], reason: string, exporterId?: string): void {
    this.#settings.onProblem?.({ kind, partitionId: this.#id, exporterId, reason });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
