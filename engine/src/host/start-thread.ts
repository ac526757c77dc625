import { Worker } from 'node:worker_threads';
import type { ExporterDescription } from '../export/exporter-description.ts';
import type { PartitionLimits } from '../stream/partition.ts';
import { type Port, portTo } from './port.ts';
import type { UpkeepSettings } from './upkeep.ts';

/** What the thread of a partition is given; it is cloned. */
export type PartitionThreadSettings = Omit<UpkeepSettings, 'onProblem' | 'exporters'> & {
  readonly directory: string;
  /** Of the engine. */
  readonly partitions: number;
  readonly partitionId: number;
  readonly limits: PartitionLimits;
  readonly exporters: readonly ExporterDescription[];
  readonly segmentBytes?: number;
  readonly wantsRecords: boolean;
};

export type PartitionThread = {
  readonly port: Port;
  /** Ends the thread at once; resolves when it has ended. */
  readonly stop: () => Promise<void>;
};

/** Threads run from the build, also when a test runs this file from its source: a worker can't load TypeScript. */
const FROM_SOURCE = import.meta.url.endsWith('.ts');
const ENTRY = new URL(
  FROM_SOURCE ? '../../dist/host/partition-thread.js' : './partition-thread.js',
  import.meta.url,
);

/** Starts the thread of a partition. `onEnd` is told why it has ended; nothing of it runs any more then. */
export function startPartitionThread(
  settings: PartitionThreadSettings,
  onEnd: (reason: string) => void,
): PartitionThread {
  const worker = new Worker(ENTRY, {
    name: `partition-${settings.partitionId}`,
    workerData: settings,
    // Conditions that make this process take sources must not reach the build.
    ...(FROM_SOURCE && { execArgv: [] }),
  });
  let reason: string | undefined;
  worker.on('error', (error) => {
    reason = error instanceof Error ? error.message : String(error);
  });
  worker.on('exit', (code) => onEnd(reason ?? `exit code ${code}`));
  return {
    port: portTo(worker),
    stop: async () => {
      await worker.terminate();
    },
  };
}
