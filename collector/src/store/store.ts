import type { InstanceDocument, LastError, Pending } from '../correlate/instance.ts';
import type { MembershipRule } from '../correlate/model.ts';
import type { NormalisedEvent, StoredDeadLetter } from '../event/event.ts';
import type { Expiry, ExpiryBounds } from '../event/expiry.ts';

/**
 * The read model: a projection of the intake log with one writer. Questions are asked in the domain's words; an adapter pushes the
 * work into its database. Every adapter runs `store/contract.ts`. What an adapter can't answer exactly it refuses, or names in
 * `approximate`.
 *
 * Times are epoch microseconds, durations microseconds. `nowUs` is given by the caller, never read from a clock.
 */
export interface Store extends StoreQueries, StoreWriter {
  close(): Promise<void>;
}

/** The one writer's side. */
export interface StoreWriter {
  /**
   * Writes one batch, all or nothing. Events whose number is not above `appliedEventNo` were written before and are left out;
   * instances replace what was stored under their number. Replaying a batch therefore changes nothing.
   */
  apply(batch: StoreBatch): Promise<void>;
  /** Number up to which all is written that took one: events, and removals of what expired. 0 at first. */
  readonly appliedEventNo: number;
  /** The open instances that something is expected of, for the watch to start with. */
  waiting(): Promise<readonly WaitingInstance[]>;
}

export type WaitingInstance = { readonly no: number; readonly instance: string; readonly dueUs: number };

export interface StoreQueries {
  flows(nowUs: number): Promise<readonly FlowFigures[]>;
  /** Activities and transitions of the steps of the instances that the filter selects. */
  chain(query: ChainQuery): Promise<ChainFigures>;
  variants(query: VariantQuery): Promise<Page<VariantFigures>>;
  /** The newest first, by start. */
  instances(query: InstanceQuery): Promise<Page<InstanceRow>>;
  /** By any id that the instance ever had. */
  instance(id: string, nowUs: number): Promise<InstanceDetail | undefined>;
  /** By key (`keyType:value`, or a bare value), instance id, trace id or event id. At most 100. */
  search(text: string, nowUs: number): Promise<readonly SearchHit[]>;
  /** Open instances whose expectation is overdue, the longest overdue first. */
  overdue(query: OverdueQuery): Promise<Page<OverdueRow>>;
  counts(nowUs: number): Promise<StoreCounts>;
  /** The newest first. */
  deadLetters(page: PageRequest): Promise<Page<StoredDeadLetter>>;
  /** What is old enough to be removed, the oldest first. */
  expired(query: ExpiredQuery): Promise<ExpiredFound>;
  /** Ids of dead letters that were received before, the oldest first. */
  deadLettersBefore(beforeUs: number, limit: number): Promise<readonly string[]>;
  /** Bytes on the disk that hold something. @param settled whether what was removed lately has to be given back before. */
  usedBytes(settled: boolean): Promise<number>;
  /** Those of these ids that there are. */
  deadLettersOf(ids: readonly string[]): Promise<readonly StoredDeadLetter[]>;
}

export type StoreBatch = {
  /** Every number up to it was given to what is in this batch or an earlier one. */
  readonly numberedUntil: number;
  readonly events: readonly StoredEvent[];
  readonly instances: readonly InstanceDocument[];
  readonly removed: readonly number[];
  /** Numbers of events that are no more. None of them is in `events`. */
  readonly removedEvents: readonly number[];
  /** Numbers that may be stored already; the others are known to be new. */
  readonly replaced: ReadonlySet<number>;
  readonly deadLetters: readonly StoredDeadLetter[];
  /** Ids of dead letters that are none any more: read at last, or discarded. */
  readonly resolved: readonly string[];
  /** Flow → name, as people say it. */
  readonly flows: ReadonlyMap<string, string>;
};

/** An event with its number, which grows in log order. */
export type StoredEvent = { readonly no: number; readonly event: NormalisedEvent };

export type InstanceState = 'open' | 'completed' | 'failed' | 'stuck';

/** Selects whole instances; `fromUs` and `toUs` by their start, inclusive and exclusive. */
export type Filter = {
  readonly fromUs?: number;
  readonly toUs?: number;
  readonly state?: InstanceState;
  readonly service?: string;
  readonly activity?: string;
  readonly notActivity?: string;
  readonly variant?: string;
  readonly minDurationUs?: number;
  readonly maxDurationUs?: number;
  readonly key?: string;
  readonly edge?: { readonly from: string; readonly to: string };
  readonly attributes?: readonly { readonly name: string; readonly value: string }[];
};

export type View = 'temporal' | 'causal';

export type ChainQuery = {
  readonly flow: string;
  readonly filter: Filter;
  /** Undefined: causal where the flow has causes. */
  readonly view: View | undefined;
  readonly nowUs: number;
};

export type Distribution = { readonly mean: number; readonly p50: number; readonly p95: number };

export type ActivityFigures = {
  readonly activity: string;
  readonly services: readonly string[];
  readonly consumers: readonly string[];
  readonly kind: string;
  readonly count: number;
  readonly instances: number;
  readonly starts: number;
  readonly ends: number;
  readonly errors: number;
  readonly durationUs: Distribution;
  readonly stuckAfter: number;
};

export type TransitionFigures = {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly instances: number;
  readonly waitUs: Distribution & { readonly min: number; readonly max: number };
  readonly workUs: { readonly mean: number };
  readonly evidence: { readonly causal: number; readonly temporal: number };
  /** How many of them left a step that more than one transition left. */
  readonly forked: number;
  /** How many of them would have a negative waiting or working time, which counts as 0. */
  readonly overlaps: number;
  /** The most that the clocks of two services are apart in one of them, at least; 0 where they may be right. */
  readonly skewUs: number;
};

/** The clock of `to` is behind that of `from` by at least `atLeastUs`: so `count` causal links say. */
export type SkewFigures = {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly atLeastUs: number;
};

export type ChainFigures = {
  readonly view: View;
  readonly instances: number;
  readonly states: StateFigures;
  /** Of whole instances, from their first event to their last. */
  readonly durationUs: Distribution;
  readonly events: number;
  readonly activities: readonly ActivityFigures[];
  readonly transitions: readonly TransitionFigures[];
  /** Pairs of services, the widest apart first. */
  readonly skews: readonly SkewFigures[];
  readonly variants: number;
  readonly approximate: readonly string[];
};

export type StateFigures = Readonly<Record<InstanceState | 'total', number>>;

export type FlowFigures = {
  readonly flow: string;
  readonly name: string;
  readonly instances: StateFigures;
  readonly activities: number;
  readonly events: number;
  readonly firstUs: number | undefined;
  readonly lastUs: number | undefined;
};

export type PageRequest = { readonly cursor: string | undefined; readonly limit: number };
export type Page<T> = {
  readonly items: readonly T[];
  readonly total: number;
  readonly next: string | undefined;
};

export type VariantQuery = ChainQuery & { readonly page: PageRequest };
export type VariantFigures = {
  readonly variant: string;
  readonly activities: readonly string[];
  readonly instances: number;
  readonly share: number;
  readonly durationUs: Distribution;
};

export type InstanceQuery = ChainQuery & { readonly page: PageRequest };
export type InstanceRow = {
  readonly instance: string;
  readonly flow: string;
  readonly keys: readonly string[];
  readonly state: InstanceState;
  readonly startUs: number;
  readonly lastUs: number;
  readonly steps: number;
  readonly services: readonly string[];
  readonly variant: string;
  readonly lastActivity: string;
};

export type StepRow = {
  readonly activity: string;
  readonly kind: string;
  readonly service: string;
  readonly consumers: readonly string[];
  readonly startUs: number;
  /** Of an open step its start. */
  readonly endUs: number;
  readonly open: boolean;
  /** What an open step waits for from outside, as people say it. */
  readonly waitsFor: readonly string[];
  readonly status: NormalisedEvent['status'];
  readonly causes: readonly {
    readonly step: number;
    readonly evidence: 'causal' | 'temporal';
    readonly waitUs: number;
    readonly workUs: number;
    /** By how much one of them would be negative. */
    readonly overlapUs: number;
  }[];
};

export type MemberRow = {
  readonly event: NormalisedEvent;
  readonly rule: MembershipRule;
  /** -1: in no step. */
  readonly step: number;
};

export type InstanceDetail = {
  readonly row: InstanceRow;
  readonly steps: readonly StepRow[];
  /** In order of time, at most 5,000. */
  readonly members: readonly MemberRow[];
  readonly membersTotal: number;
  readonly mergedFrom: readonly string[];
  readonly overdue: OverdueRow | undefined;
};

export type SearchHit = {
  readonly row: InstanceRow;
  readonly matched: 'key' | 'instance' | 'trace' | 'event';
};

export type OverdueQuery = {
  /** Undefined: all flows. */
  readonly flow: string | undefined;
  readonly filter: Filter;
  /** Only these, by their present id; all where it is left out. */
  readonly among?: readonly string[];
  readonly nowUs: number;
  readonly page: PageRequest;
};

export type OverdueRow = {
  readonly row: InstanceRow;
  readonly pending: Pending;
  readonly lastError: LastError | undefined;
  /** One entry for each expected activity, the most frequent first: who mostly did it so far, and its share of all who did. */
  readonly expected: readonly {
    readonly activity: string;
    readonly service: string;
    readonly share: number;
  }[];
  /** 0 to 100: share of the earlier waits from that step to the expected ones that were shorter; undefined without history. */
  readonly percentile: number | undefined;
};

export type StoreCounts = {
  readonly events: number;
  readonly bySource: Readonly<Record<string, number>>;
  readonly instances: number;
  readonly open: number;
  readonly stuck: number;
  readonly deadLetters: number;
};

export type ExpiredQuery = {
  readonly bounds: ExpiryBounds;
  /** Where an earlier answer ended. */
  readonly after: ExpiredPlace | undefined;
  /** At most so many instances, and so many events in no instance. */
  readonly limit: number;
};

export type ExpiredPlace = {
  readonly receivedUs: number;
  readonly no: number;
  /** Of events in no instance. */
  readonly event: number;
};

export type ExpiredFound = {
  readonly expiry: Expiry;
  /** Undefined where there is no more. */
  readonly next: ExpiredPlace | undefined;
};

/** A cursor that is not one of ours, or a question that this store can't answer exactly. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: 'invalid-cursor' | 'unsupported' | 'unknown-flow' | 'newer-version';
  constructor(code: StoreError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
