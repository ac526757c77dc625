/** How far one partition was read. */
export type PartitionLag = {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the next record to be accepted. */
  readonly position: number;
  /** Offset that the next record to be published will get. */
  readonly end: number;
  readonly lag: number;
};

/** Knows, for every partition of the topics that are read, what was accepted and what there is. */
export class Positions {
  readonly #partitions = new Map<
    string,
    { topic: string; partition: number; position: number; end: number }
  >();

  /** Everything before `position` is durable. */
  accepted(topic: string, partition: number, position: number, end: number): void {
    const known = this.#of(topic, partition);
    known.position = Math.max(known.position, position);
    known.end = Math.max(known.end, end);
  }

  /** As the brokers say, where nothing newer is known; what they no longer name is forgotten. */
  told(list: readonly Omit<PartitionLag, 'lag'>[]): void {
    const named = new Set(list.map(({ topic, partition }) => keyOf(topic, partition)));
    for (const key of this.#partitions.keys()) if (!named.has(key)) this.#partitions.delete(key);
    for (const { topic, partition, position, end } of list) {
      const known = this.#of(topic, partition);
      known.end = end;
      // A topic that was made again begins at 0 again.
      known.position = known.position > end ? position : Math.max(known.position, position);
    }
  }

  list(): PartitionLag[] {
    return [...this.#partitions.values()].map((each) => ({
      ...each,
      lag: Math.max(0, each.end - each.position),
    }));
  }

  #of(topic: string, partition: number) {
    const key = keyOf(topic, partition);
    let known = this.#partitions.get(key);
    if (known === undefined) {
      known = { topic, partition, position: 0, end: 0 };
      this.#partitions.set(key, known);
    }
    return known;
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}\0${partition}`;
}
