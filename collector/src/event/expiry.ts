/** What a sweep of the retention found to be old enough, and what "old" meant then. */
export type Expiry = {
  readonly bounds: ExpiryBounds;
  /** Keyed instances, each by one of its keys (`keyType:value`). */
  readonly instances: readonly ExpiredInstance[];
  /** Traces without a key. */
  readonly traces: readonly { readonly scope: string; readonly traceId: string }[];
  /** Events that are in no instance. */
  readonly events: readonly { readonly scope: string; readonly id: string }[];
};

export type ExpiredInstance = { readonly flow: string; readonly scope: string; readonly key: string };

/**
 * An instance is expired when all of its events were received before the bound that its flow has. Epoch microseconds; 0: never.
 */
export type ExpiryBounds = {
  /** Of the configured flows, and of `unassigned`. */
  readonly flows: Readonly<Record<string, number>>;
  /** Of other flows, and of events in no instance. */
  readonly others: number;
  /** Of instances of other flows that came from files alone. */
  readonly imports: number;
};

/** Sources of rows and entries of imported files begin so. */
export const FILE_SOURCE = 'file:';
