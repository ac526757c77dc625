import type { EngineRecord, RecordPosition } from '../protocol/record.ts';
import type { ValueType } from '../protocol/value-types.ts';
import type { Clock, Scheduler } from '../stream/ports.ts';

/**
 * Where the records of one partition go outside the engine. It is given every record at least once and in order; what it
 * was given since the last flush that succeeded it is given again after a failure or a restart.
 */
export interface Exporter {
  /**
   * Called before anything else, and again after each failure. Rejects while the destination can't be reached. Resolves
   * with a memo like `flush` when there is something to remember before the first record.
   */
  open(context: ExporterContext): Promise<string | undefined>;
  /** Takes one record, to be made safe by the next flush. Cheap: it runs between commands, on their thread. */
  export(record: EngineRecord): void;
  /** What it holds unflushed. It is flushed before it holds much more than `flushBytes`. */
  readonly bufferedBytes: number;
  /**
   * Makes safe what it was given: when this resolves, those records are never given again once that is noted, and the
   * engine may delete them. Resolves with what the exporter wants to be told at the next opening. A rejection means that
   * the same records come again after a while; one with `retryAfterMs` says after what while.
   */
  flush(): Promise<string | undefined>;
  /** Lets go of what it holds, flushed or not. Also called after a failure, before the next `open`. */
  close(): Promise<void>;
}

export type ExporterContext = {
  /** From 1 on. */
  readonly partitionId: number;
  /** What the last flush or opening that counts resolved with. */
  readonly memo: string | undefined;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** Aborted when the engine closes and has waited long enough. */
  readonly signal: AbortSignal;
  /** The destination will never take this record, so it is left out. */
  readonly refused: (position: RecordPosition, reason: string) => void;
};

/** Which records an exporter is given. Default: all. */
export type RecordFilter = {
  readonly valueTypes?: readonly ValueType[];
  readonly recordTypes?: readonly EngineRecord['recordType'][];
};

export type ExporterDefinition = {
  /** Under this name its positions are kept: one with a new name begins with the oldest record that is there. */
  readonly id: string;
  /** Called once for each partition. */
  readonly create: () => Exporter;
  readonly filter?: RecordFilter;
};

/** Why a destination did not take what it was given, when it said how long to wait. */
export class ExporterError extends Error {
  override readonly name = 'ExporterError';
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

export function recordTest(filter: RecordFilter = {}): (record: EngineRecord) => boolean {
  const valueTypes = filter.valueTypes === undefined ? undefined : new Set(filter.valueTypes);
  const recordTypes = filter.recordTypes === undefined ? undefined : new Set(filter.recordTypes);
  return ({ valueType, recordType }) =>
    (valueTypes?.has(valueType) ?? true) && (recordTypes?.has(recordType) ?? true);
}
