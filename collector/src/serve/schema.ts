import { z } from 'zod';

/**
 * The outside of the query API: every answer's shape, once. Validation, OpenAPI and the dashboard's types come from here.
 * Times are ISO 8601 UTC with microseconds, durations integer microseconds.
 */
const count = z.int().nonnegative();
const time = z.string().meta({ example: '2026-11-25T03:30:00.000000Z' });
const durationUs = z.number().meta({ description: 'microseconds' });
const page = { total: count, next: z.string().nullable().meta({ description: 'cursor of the next page' }) };

export const InstanceState = z.enum(['open', 'completed', 'failed', 'stuck']).meta({ id: 'InstanceState' });
export type InstanceState = z.infer<typeof InstanceState>;

export const StateCounts = z
  .object({ total: count, open: count, completed: count, stuck: count, failed: count })
  .meta({ id: 'StateCounts' });
export type StateCounts = z.infer<typeof StateCounts>;

export const FlowSummary = z
  .object({
    flow: z.string(),
    name: z.string(),
    instances: StateCounts,
    activities: count,
    events: count,
    firstAt: time.nullable(),
    lastAt: time.nullable(),
  })
  .meta({ id: 'FlowSummary' });
export type FlowSummary = z.infer<typeof FlowSummary>;
export const FlowList = z.object({ items: z.array(FlowSummary) }).meta({ id: 'FlowList' });
export type FlowList = z.infer<typeof FlowList>;

export const ChainActivity = z
  .object({
    activity: z.string(),
    services: z.array(z.string()).meta({ description: 'who did it, the most frequent first' }),
    consumers: z.array(z.string()).meta({ description: 'who consumed it, where messages were observed' }),
    kind: z
      .string()
      .meta({ description: 'the most frequent kind: event, command, query, operation, record' }),
    count,
    instances: count,
    starts: count,
    ends: count,
    errors: count,
    durationUs: z.object({ mean: durationUs, p50: durationUs, p95: durationUs }),
    stuckAfter: count.meta({ description: 'instances that are stuck after this activity' }),
  })
  .meta({ id: 'ChainActivity' });
export type ChainActivity = z.infer<typeof ChainActivity>;

export const ChainTransition = z
  .object({
    from: z.string(),
    to: z.string(),
    count,
    instances: count,
    waitUs: z.object({
      mean: durationUs,
      p50: durationUs,
      p95: durationUs,
      min: durationUs,
      max: durationUs,
    }),
    workUs: z.object({ mean: durationUs }).meta({ description: 'from consumption to the next publication' }),
    evidence: z.object({ causal: count, temporal: count }),
    parallel: z
      .boolean()
      .meta({ description: 'runs beside another transition from the same step in most instances' }),
    overlaps: count.meta({
      description: 'of them, those whose effect began before its cause ended: their waiting time counts as 0',
    }),
    skewUs: durationUs.meta({
      description:
        'the most that the clocks of two services are apart here, at least; 0 where they may be right',
    }),
  })
  .meta({ id: 'ChainTransition' });
export type ChainTransition = z.infer<typeof ChainTransition>;

export const ChainView = z.enum(['temporal', 'causal']).meta({ id: 'ChainView' });
export type ChainView = z.infer<typeof ChainView>;

export const Chain = z
  .object({
    flow: z.string(),
    view: ChainView,
    instances: count,
    states: StateCounts,
    durationUs: z
      .object({ mean: durationUs, p50: durationUs, p95: durationUs })
      .meta({ description: 'of whole instances' }),
    events: count,
    activities: z.array(ChainActivity),
    transitions: z.array(ChainTransition),
    skews: z.array(z.object({ from: z.string(), to: z.string(), count, atLeastUs: durationUs })).meta({
      description:
        "pairs of services whose clocks can't both be right: that of `to` is behind that of `from` by at least so much, as so many causal links say; the widest 100",
    }),
    variants: count,
    approximate: z.array(z.string()).meta({ description: 'names of the figures that are not exact' }),
  })
  .meta({ id: 'Chain' });
export type Chain = z.infer<typeof Chain>;

export const Variant = z
  .object({
    variant: z.string(),
    activities: z.array(z.string()),
    instances: count,
    share: z.number().meta({ description: '0 to 1, of the instances that the filter selects' }),
    durationUs: z.object({ mean: durationUs, p50: durationUs, p95: durationUs }),
  })
  .meta({ id: 'Variant' });
export type Variant = z.infer<typeof Variant>;
export const VariantPage = z.object({ items: z.array(Variant), ...page }).meta({ id: 'VariantPage' });
export type VariantPage = z.infer<typeof VariantPage>;

export const Key = z.object({ keyType: z.string(), value: z.string() }).meta({ id: 'Key' });
export type Key = z.infer<typeof Key>;

export const InstanceSummary = z
  .object({
    instance: z.string(),
    flow: z.string(),
    keys: z.array(Key),
    state: InstanceState,
    startedAt: time,
    lastAt: time,
    durationUs,
    activities: count.meta({ description: 'number of steps' }),
    services: z.array(z.string()),
    variant: z.string(),
    lastActivity: z.string(),
  })
  .meta({ id: 'InstanceSummary' });
export type InstanceSummary = z.infer<typeof InstanceSummary>;
export const InstancePage = z
  .object({ items: z.array(InstanceSummary), ...page })
  .meta({ id: 'InstancePage' });
export type InstancePage = z.infer<typeof InstancePage>;

export const Expected = z
  .object({
    activity: z.string(),
    service: z.string().meta({ description: 'whose turn it is; empty when nobody has done it yet' }),
    share: z.number().meta({ description: '0 to 1: how often this service did it' }),
  })
  .meta({ id: 'Expected' });
export type Expected = z.infer<typeof Expected>;

export const StuckItem = z
  .object({
    instance: z.string(),
    flow: z.string(),
    keys: z.array(Key),
    after: z.object({ activity: z.string(), service: z.string(), at: time }),
    expected: z.array(Expected),
    dueAt: time,
    overdueUs: durationUs,
    waitsFor: z.array(z.string()).meta({ description: 'what a workflow engine waits for from outside' }),
    percentile: z
      .number()
      .nullable()
      .meta({ description: '0 to 100: share of earlier waits that were shorter; null without history' }),
    lastError: z.object({ type: z.string(), message: z.string(), service: z.string(), at: time }).nullable(),
    basis: z.enum(['declared', 'learned']),
  })
  .meta({ id: 'StuckItem' });
export type StuckItem = z.infer<typeof StuckItem>;
export const StuckPage = z.object({ items: z.array(StuckItem), ...page }).meta({ id: 'StuckPage' });
export type StuckPage = z.infer<typeof StuckPage>;

export const TimelineEvent = z
  .object({
    event: z.string().meta({ description: 'id of the event' }),
    type: z.string(),
    kind: z.string(),
    source: z.string(),
    service: z.string(),
    at: time,
    durationUs,
    status: z.enum(['ok', 'error', 'unset']),
    error: z.object({ type: z.string(), message: z.string() }).nullable(),
    traceId: z.string(),
    spanId: z.string(),
    parentSpanId: z.string(),
    role: z.enum(['published', 'consumed', 'recorded', '']),
    step: z.int().nullable().meta({ description: 'number of the step this event belongs to' }),
    attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    explanation: z.string().meta({ description: 'why the event is in this instance' }),
  })
  .meta({ id: 'TimelineEvent' });
export type TimelineEvent = z.infer<typeof TimelineEvent>;

export const Step = z
  .object({
    step: z.int().meta({ description: 'number in the order of the instance, from 0' }),
    activity: z.string(),
    service: z.string(),
    consumers: z.array(z.string()),
    kind: z.string(),
    startedAt: time,
    endedAt: time,
    durationUs,
    open: z.boolean().meta({ description: 'begun and not seen to have ended; endedAt is then its start' }),
    waitsFor: z.array(z.string()).meta({ description: 'what an open step waits for from outside' }),
    status: z.enum(['ok', 'error', 'unset']),
    causes: z.array(
      z.object({
        step: z.int(),
        evidence: z.enum(['causal', 'temporal']),
        waitUs: durationUs,
        workUs: durationUs,
        overlapUs: durationUs.meta({ description: 'by how much a time would be negative; it counts as 0' }),
      }),
    ),
    events: z.array(z.string()),
  })
  .meta({ id: 'Step' });
export type Step = z.infer<typeof Step>;

export const Instance = InstanceSummary.extend({
  steps: z.array(Step),
  objects: z.array(z.object({ object: z.string(), objectType: z.string() })),
  traces: z.array(z.string()),
  mergedFrom: z.array(z.string()),
  events: z.array(TimelineEvent),
  eventsTotal: count.meta({ description: 'events holds at most the first 5,000 of them' }),
  explanations: z.array(z.object({ explanation: z.string(), events: count })),
  stuck: StuckItem.nullable(),
}).meta({ id: 'Instance' });
export type Instance = z.infer<typeof Instance>;

export const SearchResult = z
  .object({
    items: z.array(InstanceSummary.extend({ matched: z.enum(['key', 'instance', 'trace', 'event']) })),
  })
  .meta({ id: 'SearchResult' });
export type SearchResult = z.infer<typeof SearchResult>;

const KafkaStatus = z.object({
  state: z.enum(['connecting', 'consuming', 'away']),
  reason: z.string(),
  missing: z.array(z.string()).meta({ description: 'topics that are named but are not there' }),
  lag: count.meta({ description: 'records published but not yet accepted' }),
  partitions: z.array(
    z.object({ topic: z.string(), partition: count, position: count, end: count, lag: count }),
  ),
  accepted: count.meta({ description: 'records since the start' }),
  deadLetters: count.meta({ description: 'records written to the dead-letter topic' }),
  deadLetterFailures: count.meta({ description: 'records that the dead-letter topic did not take' }),
});

const RetentionStatus = z.object({
  instancesRemoved: count.meta({ description: 'since the start' }),
  eventsRemoved: count.meta({ description: 'since the start' }),
  logBytes: count,
  storeBytes: count,
  storeMaxBytes: count.optional().meta({ description: 'where there is a limit' }),
  failure: z.string().meta({ description: 'why the last sweep did not end, else empty' }),
});

export const Status = z
  .object({
    version: z.string(),
    store: z.string(),
    events: z.object({ total: count, bySource: z.record(z.string(), count) }),
    instances: z.object({ total: count, open: count, stuck: count }),
    duplicates: count.meta({ description: 'records seen before and left out' }),
    ignored: count.meta({
      description:
        'log records received that are no events: without a trace (since the start) or a business key',
    }),
    deadLetters: count,
    refused: z.record(z.string(), count).meta({ description: 'requests refused whole, by wire and reason' }),
    lag: z
      .object({ bytes: count, seconds: z.number() })
      .meta({ description: 'accepted but not yet queryable' }),
    uptimeS: z.number(),
    intake: z.object({ state: z.enum(['open', 'failed']), reason: z.string() }),
    retention: RetentionStatus,
    kafka: KafkaStatus.optional().meta({ description: 'where topics are read' }),
  })
  .meta({ id: 'Status' });
export type Status = z.infer<typeof Status>;

export const EventsAccepted = z
  .object({
    accepted: count.meta({ description: 'different events, by source and id' }),
    duplicates: count.meta({
      description: 'within this request; those of earlier ones are counted in the status',
    }),
    rejected: z
      .array(z.object({ index: count, id: z.string().nullable(), reason: z.string() }))
      .meta({ description: 'events of a batch that are wrong; they are dead letters' }),
    moreRejected: count.optional().meta({ description: 'those after the first 1000' }),
  })
  .meta({ id: 'EventsAccepted' });
export type EventsAccepted = z.infer<typeof EventsAccepted>;

export const DeadLetterItem = z
  .object({
    id: z.string(),
    source: z.string(),
    receivedAt: time,
    reason: z.string(),
    content: z.string(),
    replayable: z.boolean(),
  })
  .meta({ id: 'DeadLetter' });
export const DeadLetterPage = z
  .object({ items: z.array(DeadLetterItem), ...page })
  .meta({ id: 'DeadLetterPage' });
export type DeadLetterPage = z.infer<typeof DeadLetterPage>;

export const DeadLetterChoice = z
  .union([
    z.strictObject({ ids: z.array(z.string()).min(1).max(1000) }),
    z.strictObject({ all: z.literal(true) }),
  ])
  .meta({ id: 'DeadLetterChoice' });
export type DeadLetterChoice = z.infer<typeof DeadLetterChoice>;
export const DeadLettersReplayed = z
  .object({
    replayed: count.meta({ description: 'read again: what still can not be read stays a dead letter' }),
    gone: count.meta({ description: 'no longer in the intake log, or not there' }),
  })
  .meta({ id: 'DeadLettersReplayed' });
export type DeadLettersReplayed = z.infer<typeof DeadLettersReplayed>;
export const DeadLettersDiscarded = z.object({ discarded: count }).meta({ id: 'DeadLettersDiscarded' });
export type DeadLettersDiscarded = z.infer<typeof DeadLettersDiscarded>;

/** A problem as RFC 9457 says, as `application/problem+json`. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    parameter: z.string().optional(),
    field: z.string().optional().meta({ description: 'the attribute of a CloudEvent that is wrong' }),
    allowed: z.array(z.string()).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

/** What `/api/v1/live` sends, as server-sent events named by `type`, at most one of each a second. */
export const LiveCounts = z
  .object({
    type: z.literal('counts'),
    events: count,
    instances: count,
    open: count,
    stuck: count,
    deadLetters: count,
    flows: z.array(z.string()).meta({ description: 'flows that changed since the last message' }),
  })
  .meta({ id: 'LiveCounts' });
export const LiveStuck = z
  .object({ type: z.literal('stuck'), items: z.array(StuckItem) })
  .meta({ id: 'LiveStuck' });
export const LiveMessage = z.discriminatedUnion('type', [LiveCounts, LiveStuck]).meta({ id: 'LiveMessage' });
export type LiveMessage = z.infer<typeof LiveMessage>;

/** Filters, the same on every flow call; `attribute.NAME=VALUE` beside them. */
export const FlowFilter = z.object({
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  state: InstanceState.optional(),
  service: z.string().min(1).optional(),
  activity: z.string().min(1).optional(),
  notActivity: z.string().min(1).optional(),
  variant: z.string().min(1).optional(),
  minDurationUs: z.coerce.number().int().nonnegative().optional(),
  maxDurationUs: z.coerce.number().int().nonnegative().optional(),
  key: z
    .string()
    .regex(/^[^:]+:.+$/s, 'expected KEYTYPE:VALUE')
    .optional(),
  edge: z
    .string()
    .regex(/^.+>.+$/s, 'expected A>B')
    .optional(),
});
export type FlowFilter = z.infer<typeof FlowFilter>;

const word = z
  .string()
  .regex(/^[A-Za-z][\w.-]{0,63}$/, 'expected a word of letters, digits, dots and hyphens');

/** How to read an imported log; the body of the request is the file. */
export const ImportQuery = z.object({
  flow: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'of event logs; the events of other formats say it' }),
  name: z.string().min(1).default('upload').meta({ description: 'file name, for the source `file:NAME`' }),
  case: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'column; of an object-centric log a type of objects' }),
  activity: z.string().min(1).optional(),
  time: z.string().min(1).optional(),
  order: z.string().min(1).optional(),
  separator: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'one character, or comma, semicolon, tab, pipe' }),
  lifecycle: z.literal('complete').optional(),
  source: word.optional().meta({ description: "of an engine's records: the cluster that they come from" }),
  environment: word.optional().meta({ description: "of an engine's records" }),
  timezone: z.string().min(1).optional().meta({ description: 'of times that do not say it; else UTC' }),
});
export type ImportQuery = z.infer<typeof ImportQuery>;

/** One line of an import's answer. */
export const ImportLine = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('progress'), read: count, bytesRead: count, bytesTotal: count }),
    z.object({
      kind: z.literal('done'),
      format: z.string(),
      read: count.meta({ description: 'accepted + duplicates + rejected + skipped' }),
      accepted: count,
      duplicates: count.meta({ description: 'what was there already, by an earlier import or another way' }),
      rejected: count.meta({ description: 'kept as dead letters' }),
      skipped: count.meta({ description: 'records that are no events, left out on purpose' }),
      events: count.meta({ description: 'events that are new; a record can be several or none' }),
      notes: z.array(z.string()).meta({ description: 'what had to be decided about the file' }),
      firstRejections: z.array(z.object({ line: count, reason: z.string() })),
      durationMs: z.number(),
    }),
    z.object({
      kind: z.literal('failed'),
      code: z.string(),
      message: z.string(),
      hint: z.string(),
      line: count,
    }),
  ])
  .meta({ id: 'ImportLine' });
export type ImportLine = z.infer<typeof ImportLine>;
