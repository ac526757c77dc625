import type { z } from 'zod';
import type { Engine } from '../engine.ts';
import type { PartitionStatus } from '../requests.ts';
import type { Health, Topology } from './schema.ts';

type Partition = z.infer<typeof Topology>['partitions'][number];

/** How the partitions do, as an answer. */
export function presentPartitions(engine: Engine): Partition[] {
  return engine.partitions.map(({ partitionId, inFlight, isOpen, failure }) => {
    const partition = { partitionId, state: stateOf(isOpen, failure), inFlight };
    if (failure === undefined) return partition;
    const { retryAfterMs, ...others } = failure;
    return { ...partition, failure: retryAfterMs === undefined ? others : { ...others, retryAfterMs } };
  });
}

/** For those who look whether something is wrong, people and load balancers. */
export function healthOf(engine: Engine): z.infer<typeof Health> {
  const partitions = presentPartitions(engine)
    .filter(({ state }) => state !== 'open')
    .map(({ inFlight: _, ...partition }) => partition);
  if (partitions.length === 0) return { status: 'ok', partitions };
  return { status: partitions.some(({ state }) => state === 'failed') ? 'failed' : 'reopening', partitions };
}

function stateOf(isOpen: boolean, failure: PartitionStatus['failure']): Partition['state'] {
  if (isOpen) return 'open';
  return failure?.retryAfterMs === undefined ? 'failed' : 'reopening';
}
