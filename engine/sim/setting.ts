import type { ExporterLimits } from '../src/export/exporter-task.ts';
import type { EngineLimits } from '../src/gateway/engine.ts';
import type { ReopenSettings } from '../src/host/reopening.ts';
import type { SnapshotSettings } from '../src/snapshot/snapshots.ts';
import type { Random } from './random.ts';

/** How one simulated engine is set up: mostly so that what is rare elsewhere happens often. */
export type Setting = {
  readonly partitions: number;
  readonly segmentBytes: number;
  readonly limits: Partial<EngineLimits>;
  readonly snapshots: SnapshotSettings;
  readonly exporterLimits: Partial<ExporterLimits>;
  readonly reopen: ReopenSettings | false;
};

export function randomSetting(random: Random): Setting {
  return {
    partitions: random.weighted([
      [2, 1],
      [2, 2],
      [1, 3],
    ]),
    segmentBytes: random.pick([4_096, 65_536]),
    limits: {
      commandsPerStepMax: random.pick([1, 2, 7, 100]),
      chainLengthMax: 300,
      stepsPerFlushMax: random.pick([1, 4, 64]),
      duePerRoundMax: random.pick([2, 64]),
      inFlightMax: random.pick([4, 1_024]),
      jobBatchCharactersMax: random.pick([300, 100_000]),
    },
    snapshots: { everyRecords: random.pick([40, 200, 1e9]), everyMs: random.pick([10_000, 300_000]) },
    exporterLimits: {
      sliceBytes: random.pick([1_000, 65_536]),
      flushRecords: random.pick([20, 10_000]),
      retryMs: 100,
      retryMsMax: 1_000,
    },
    reopen: random.pick([false, { firstMs: 100, lastMs: 5_000, attemptsMax: random.pick([2, 20]) }]),
  };
}
