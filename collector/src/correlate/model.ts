import type { NormalisedEvent } from '../event/event.ts';

/**
 * An event as correlation keeps it: everything but its attributes, with its number and, per flow, the component its keys joined.
 * Numbers grow in log order, so a replay gives the same ones.
 */
export type CorrelatedEvent = Omit<NormalisedEvent, 'attributes' | 'flags' | 'peer'> & {
  readonly no: number;
  /** Flow → number of the component at the time of joining; resolve it before use, it may have merged since. */
  readonly homes: Record<string, number>;
};

/** All spans of one trace. The unit in which keyless events find their instance. */
export type Trace = {
  /** `scope|traceId`. */
  readonly key: string;
  readonly scope: string;
  /** Number of the instance that the trace is where no key claims it. */
  readonly no: number;
  readonly events: Map<string, CorrelatedEvent>;
  /** Traces with a span that links into this one. */
  readonly linkedBy: Set<string>;
  /** Instances that took events from this trace when it was last assigned. */
  touching: Set<number>;
  /** Flow → span id → instances. Undefined: to be computed. */
  assignment: Assignment | undefined;
  /** Whether the store may hold rows of the trace as an instance of its own. */
  stored: boolean;
};

/** Why an event is in an instance. */
export const MEMBERSHIP_RULES = ['key', 'ancestor', 'link', 'descendant', 'only', 'trace'] as const;
export type MembershipRule = (typeof MEMBERSHIP_RULES)[number];

export type Membership = { readonly instances: readonly number[]; readonly rule: MembershipRule };
export type Assignment = ReadonlyMap<string, ReadonlyMap<string, Membership>>;

/** Key values that were seen together: one process instance of a keyed flow. */
export type Component = {
  readonly no: number;
  readonly flow: string;
  readonly scope: string;
  /** `keyType:value`. */
  readonly keys: Set<string>;
  readonly traces: Set<string>;
  /** Events that came without a trace. */
  readonly own: CorrelatedEvent[];
  /** Ids of the instances that merged into this one. */
  readonly merged: string[];
  /** Set once this one has merged into another. */
  mergedInto: number | undefined;
  /** Whether the store may hold rows of it. */
  stored: boolean;
};

export function keyNode(flow: string, scope: string, key: string): string {
  return `${flow}\0${scope}\0${key}`;
}

export function traceKey(scope: string, traceId: string): string {
  return `${scope}|${traceId}`;
}

export function newTrace(no: number, scope: string, traceId: string): Trace {
  return {
    key: traceKey(scope, traceId),
    scope,
    no,
    events: new Map(),
    linkedBy: new Set(),
    touching: new Set(),
    assignment: undefined,
    stored: false,
  };
}

export function newComponent(no: number, flow: string, scope: string): Component {
  return {
    no,
    flow,
    scope,
    keys: new Set(),
    traces: new Set(),
    own: [],
    merged: [],
    mergedInto: undefined,
    stored: false,
  };
}

export function traceIdOf(trace: Trace): string {
  return trace.key.slice(trace.scope.length + 1);
}

/** Field by field: copying with a spread is several times slower here, and this runs for every event. */
export function correlatedOf(
  event: NormalisedEvent,
  no: number,
  homes: Record<string, number>,
): CorrelatedEvent {
  return {
    no,
    id: event.id,
    scope: event.scope,
    source: event.source,
    type: event.type,
    kind: event.kind,
    timeUs: event.timeUs,
    timeNs: event.timeNs,
    durationUs: event.durationUs,
    service: event.service,
    status: event.status,
    error: event.error,
    trace: event.trace,
    message: event.message,
    engine: event.engine,
    keys: event.keys,
    sequence: event.sequence,
    declaredFlow: event.declaredFlow,
    receivedAtUs: event.receivedAtUs,
    homes,
  };
}

/** `traceId:spanId`, as parents and links name a span. */
export function spanKey(reference: { readonly traceId: string; readonly spanId: string }): string {
  return `${reference.traceId}:${reference.spanId}`;
}

/** The spans that an event names as its causes: its parent, then its links. */
export function causeKeys(event: Pick<CorrelatedEvent, 'trace'>): string[] {
  const trace = event.trace;
  if (trace === undefined) return [];
  const keys = trace.links.map(spanKey);
  if (trace.parentSpanId !== '') keys.unshift(`${trace.traceId}:${trace.parentSpanId}`);
  return keys;
}
