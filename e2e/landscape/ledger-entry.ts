import type { EventType, ServiceName, ServiceTotals } from './topology.ts';

/** A span by the two ids that name it, in lower-case hexadecimal as on the wire. */
export type SpanName = { readonly traceId: string; readonly spanId: string };

type OfMessage = {
  readonly type: EventType;
  readonly message: string;
  readonly registration: string;
};

/**
 * One thing that really happened in a service, whether or not any telemetry about it ever arrived anywhere.
 */
export type Fact =
  | ({ readonly entry: 'published'; readonly delivered: boolean } & OfMessage & SpanName)
  | ({ readonly entry: 'consumed' } & OfMessage & SpanName)
  /** The message was received and lost. A silent loss leaves no span behind. */
  | ({ readonly entry: 'dropped'; readonly reason: 'silent' | 'after-error' } & OfMessage & Partial<SpanName>)
  | ({
      readonly entry: 'decided';
      readonly registration: string;
      readonly outcome: 'registered' | 'rejected';
      /** Span ids of the messages that the deciding span links; empty where links are switched off. */
      readonly links: readonly string[];
    } & SpanName)
  | ({ readonly entry: 'span'; readonly name: string; readonly parentSpanId: string | null } & SpanName)
  | {
      readonly entry: 'export';
      readonly result: 'success' | 'failed';
      readonly spanIds: readonly string[];
      readonly error?: string;
    }
  | { readonly entry: 'totals'; readonly final: boolean; readonly totals: ServiceTotals };

/** A line of a ledger file. `timeMs` is epoch milliseconds by the clock of the process that wrote it. */
export type LedgerEntry = Fact & {
  readonly v: 1;
  readonly service: ServiceName;
  readonly timeMs: number;
};

export const ledgerSuffix = '.ledger.jsonl';
