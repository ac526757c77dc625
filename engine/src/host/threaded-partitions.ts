import type { ExporterDefinition } from '../export/exporter.ts';
import type { ExporterDescription } from '../export/exporter-description.ts';
import type { ExporterStatus } from '../export/exporter-task.ts';
import { LogError } from '../log/index.ts';
import type { EngineRecord } from '../protocol/record.ts';
import type { PartitionHost } from './partition-host.ts';
import { RemotePartition } from './remote-partition.ts';
import { type PartitionThread, type PartitionThreadSettings, startPartitionThread } from './start-thread.ts';
import { soonest } from './system.ts';
import type { UpkeepSettings } from './upkeep.ts';

export type ThreadedPartitionsOptions = UpkeepSettings &
  Pick<PartitionThreadSettings, 'directory' | 'partitions' | 'limits' | 'segmentBytes'> & {
    /** Lets go of the directory, which this thread owns. */
    readonly release: () => void;
    /** See `EngineOptions`. */
    readonly onRecords?: (records: readonly EngineRecord[]) => void;
    readonly onFailure?: (partitionId: number, error: LogError) => void;
    /** Default: worker threads of the build. */
    readonly startThread?: typeof startPartitionThread;
  };

type Running = { readonly remote: RemotePartition; readonly thread: PartitionThread };

/** Starts a thread for each partition; resolves when all are open. Rejects with LogError, and then none runs. */
export async function openThreadedPartitions(options: ThreadedPartitionsOptions): Promise<PartitionHost> {
  try {
    return await ThreadedPartitions.open(options, threadSettingsOf(options));
  } catch (error) {
    options.release();
    throw error;
  }
}

/** Partitions that run in worker threads, one each. A thread that ends is a partition that has failed. */
class ThreadedPartitions implements PartitionHost {
  readonly #options: ThreadedPartitionsOptions;
  readonly #settings: Omit<PartitionThreadSettings, 'partitionId'>;
  readonly #running = new Map<number, Running>();
  readonly #reopening = new Map<number, Promise<void>>();
  #onJobs: (type: string) => void = () => {};
  #isClosed = false;

  static async open(
    options: ThreadedPartitionsOptions,
    settings: Omit<PartitionThreadSettings, 'partitionId'>,
  ): Promise<ThreadedPartitions> {
    const host = new ThreadedPartitions(options, settings);
    const running = [...host.#running.values()];
    const opened = await Promise.allSettled(running.map(({ remote }) => remote.opened));
    const failed = opened.find((one) => one.status === 'rejected');
    if (failed === undefined) return host;
    await Promise.all(running.map(({ thread }) => thread.stop()));
    throw failed.reason;
  }

  private constructor(
    options: ThreadedPartitionsOptions,
    settings: Omit<PartitionThreadSettings, 'partitionId'>,
  ) {
    this.#options = options;
    this.#settings = settings;
    for (let id = 1; id <= options.partitions; id += 1) this.#run(id);
  }

  get size(): number {
    return this.#options.partitions;
  }

  partition(partitionId: number): RemotePartition | undefined {
    const remote = this.#running.get(partitionId)?.remote;
    return remote?.isOpen === true ? remote : undefined;
  }

  start(onJobs: (type: string) => void): void {
    this.#onJobs = onJobs;
  }

  reopen(partitionId: number): Promise<void> {
    const running = this.#running.get(partitionId);
    if (this.#isClosed || running === undefined || running.remote.isOpen) return Promise.resolve();
    const reopening = this.#reopening.get(partitionId) ?? this.#reopen(partitionId, running);
    this.#reopening.set(partitionId, reopening);
    return reopening.finally(() => this.#reopening.delete(partitionId));
  }

  get exporters(): readonly ExporterStatus[] {
    return [...this.#running.values()].flatMap(({ remote }) => remote.exporters);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#reopening.values());
    const closed = await Promise.allSettled(
      [...this.#running.values()].map(async ({ remote, thread }) => {
        await remote.close().finally(thread.stop);
      }),
    );
    this.#options.release();
    const failed = closed.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #reopen(partitionId: number, { remote }: Running): Promise<void> {
    if (!remote.hasEnded) return remote.reopen();
    const next = this.#run(partitionId);
    try {
      await next.remote.opened;
    } catch (error) {
      await next.thread.stop();
      throw error;
    }
  }

  #run(partitionId: number): Running {
    const { startThread = startPartitionThread, onRecords, onFailure, onProblem } = this.#options;
    const settings = { ...this.#settings, partitionId };
    const thread = startThread(settings, (reason) => {
      const message = `The thread of partition ${partitionId} has ended: ${reason}`;
      remote.end(new LogError('failed', message));
    });
    const remote = new RemotePartition({
      port: thread.port,
      defer: soonest,
      onJobs: (type) => this.#onJobs(type),
      onRecords,
      onSend: (to, command) => this.#running.get(to)?.remote.send(command),
      onFailure: (error) => onFailure?.(partitionId, error),
      onProblem: (problem) => onProblem?.(problem),
    });
    const running = { remote, thread };
    this.#running.set(partitionId, running);
    return running;
  }
}

function threadSettingsOf(options: ThreadedPartitionsOptions): Omit<PartitionThreadSettings, 'partitionId'> {
  const { directory, partitions, limits, segmentBytes, snapshots, exporterLimits, closeWaitMs } = options;
  return {
    directory,
    partitions,
    limits,
    exporters: (options.exporters ?? []).map(described),
    wantsRecords: options.onRecords !== undefined,
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
    ...(snapshots === undefined ? {} : { snapshots }),
    ...(exporterLimits === undefined ? {} : { exporterLimits }),
    ...(closeWaitMs === undefined ? {} : { closeWaitMs }),
  };
}

function described(exporter: ExporterDefinition | ExporterDescription): ExporterDescription {
  if (!('create' in exporter)) return exporter;
  const expected = `Expected the exporter '${exporter.id}' to be described by a kind`;
  const why = 'a function can not be given to the thread of a partition';
  throw new LogError(
    'invalid',
    `${expected} (json-lines, bulk, collector or module), but it has 'create': ${why}`,
  );
}
