/** The thread of one partition: `startPartitionThread` runs it, from the build. */
import { parentPort, workerData } from 'node:worker_threads';
import { nodeDisk, openFileLog } from '../log/index.ts';
import { portTo } from './port.ts';
import { servePartition } from './serve-partition.ts';
import type { PartitionThreadSettings } from './start-thread.ts';
import { eventLoop, soonest, systemClock } from './system.ts';

if (parentPort === null) throw new Error('Expected to run as a worker thread, but this is the main thread');
const { directory, partitions, partitionId, segmentBytes, ...settings } =
  workerData as PartitionThreadSettings;

servePartition(portTo(parentPort), {
  ...settings,
  partitionId,
  directory,
  disk: nodeDisk,
  clock: systemClock,
  scheduler: eventLoop,
  defer: soonest,
  openLog: () =>
    openFileLog({
      directory,
      partitions,
      only: [partitionId - 1],
      release: () => {}, // the directory is the starting thread's
      ...(segmentBytes === undefined ? {} : { segmentBytes }),
    }),
});
