import type { Exporter, ExporterContext } from '../src/export/exporter.ts';
import type { Random } from './random.ts';
import { Violation } from './violation.ts';

/** Where records are exported to: another machine, which is away at times and outlives the engine. */
export class Destination {
  /** How often opening and flushing fail. */
  troubleChance = 0;
  readonly #random: Random;
  /** What must not have happened. The engine takes all that an exporter throws for trouble, so it is kept here. */
  violation: Violation | undefined;
  /** Of each partition, the last record that is safe here. */
  readonly #last = new Map<number, number>();

  constructor(random: Random) {
    this.#random = random;
  }

  last(partitionId: number): number {
    return this.#last.get(partitionId) ?? 0;
  }

  readonly create = (): Exporter => {
    let partitionId = 0;
    let unflushed: number[] = [];
    return {
      get bufferedBytes() {
        return unflushed.length * 100;
      },
      open: async (context: ExporterContext) => {
        this.#maybeFail();
        ({ partitionId } = context);
        unflushed = [];
        return undefined;
      },
      export: ({ position }) => void unflushed.push(position),
      flush: async () => {
        // A flush that fails may have arrived nevertheless.
        if (this.#random.chance(0.5)) this.#maybeFail();
        for (const position of unflushed) this.#take(partitionId, position);
        this.#maybeFail();
        unflushed = [];
        return undefined;
      },
      close: async () => {},
    };
  };

  #take(partitionId: number, position: number): void {
    const last = this.last(partitionId);
    if (position > last + 1) {
      this.violation ??= new Violation(`Partition ${partitionId} exported record ${position} after ${last}`);
    }
    this.#last.set(partitionId, Math.max(last, position));
  }

  #maybeFail(): void {
    if (this.#random.chance(this.troubleChance)) throw new Error('The destination is away');
  }
}
