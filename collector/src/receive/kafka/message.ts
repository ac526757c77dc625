/** One record of a topic, as it came. */
export type KafkaMessage = {
  /** Exact below 2^53; a partition that gets a million records a second reaches that after 285 years. */
  readonly offset: number;
  /** Epoch milliseconds, of the producer or of the broker as the topic says; -1 where there is none. */
  readonly timestampMs: number;
  readonly key: Uint8Array | undefined;
  /** Undefined for a tombstone. */
  readonly value: Uint8Array | undefined;
  /** In their order; a name may come more than once. */
  readonly headers: readonly KafkaHeader[];
  /** Whether it was too large to be kept, so that `value` is only its beginning. */
  readonly isCut: boolean;
};

export type KafkaHeader = { readonly name: string; readonly value: Uint8Array | undefined };

/** Where a record is. */
export type KafkaPlace = { readonly topic: string; readonly partition: number };
