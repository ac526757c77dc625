import { LocalPartitions, type LocalPartitionsOptions } from '../src/host/local-partitions.ts';

type Watch = {
  /** Before anything more happens in it. */
  readonly onReopened: (partitionId: number) => void;
  readonly onNotReopened: (partitionId: number, error: unknown) => void;
};

/** Partitions that tell when one that had failed was opened again, by whomever. */
export class WatchedPartitions extends LocalPartitions {
  readonly #watch: Watch;

  constructor(options: LocalPartitionsOptions & Watch) {
    super(options);
    this.#watch = options;
  }

  override reopen(partitionId: number): void {
    if (this.partition(partitionId) !== undefined) return;
    try {
      super.reopen(partitionId);
    } catch (error) {
      this.#watch.onNotReopened(partitionId, error);
      throw error;
    }
    if (this.partition(partitionId) !== undefined) this.#watch.onReopened(partitionId);
  }
}
