import type {
  ActivityFigures,
  ChainFigures,
  FlowFigures,
  InstanceDetail,
  InstanceRow,
  MemberRow,
  OverdueRow,
  Page,
  TransitionFigures,
  VariantFigures,
} from '../store/store.ts';
import type * as Api from './schema.ts';

/** Figures of the store → answers of the API: times as ISO 8601 with microseconds, words of people. */

/** Epoch microseconds as ISO 8601 UTC with six digits. */
export function isoTime(us: number): string {
  const ms = Math.floor(us / 1000);
  const rest = us - ms * 1000;
  return `${new Date(ms).toISOString().slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}

export function presentFlow(figures: FlowFigures): Api.FlowSummary {
  const { firstUs, lastUs, ...rest } = figures;
  return {
    ...rest,
    firstAt: firstUs === undefined ? null : isoTime(firstUs),
    lastAt: lastUs === undefined ? null : isoTime(lastUs),
  };
}

export function presentChain(flow: string, figures: ChainFigures): Api.Chain {
  return {
    flow,
    view: figures.view,
    instances: figures.instances,
    states: figures.states,
    durationUs: figures.durationUs,
    events: figures.events,
    activities: figures.activities.map((activity: ActivityFigures) => ({
      ...activity,
      services: [...activity.services],
      consumers: [...activity.consumers],
    })),
    transitions: figures.transitions.map(presentTransition),
    skews: figures.skews.map((skew) => ({ ...skew })),
    variants: figures.variants,
    approximate: [...figures.approximate],
  };
}

function presentTransition(figures: TransitionFigures): Api.ChainTransition {
  const { forked, ...rest } = figures;
  return { ...rest, parallel: forked * 2 > figures.count };
}

export function presentVariant(figures: VariantFigures): Api.Variant {
  return { ...figures, activities: [...figures.activities] };
}

export function presentPage<T, A>(page: Page<T>, present: (item: T) => A) {
  return { items: page.items.map(present), total: page.total, next: page.next ?? null };
}

function keysOf(keys: readonly string[]): Api.Key[] {
  return keys.map((key) => {
    const colon = key.indexOf(':');
    return { keyType: key.slice(0, colon), value: key.slice(colon + 1) };
  });
}

export function presentInstanceRow(row: InstanceRow): Api.InstanceSummary {
  return {
    instance: row.instance,
    flow: row.flow,
    keys: keysOf(row.keys),
    state: row.state,
    startedAt: isoTime(row.startUs),
    lastAt: isoTime(row.lastUs),
    durationUs: row.lastUs - row.startUs,
    activities: row.steps,
    services: [...row.services],
    variant: row.variant,
    lastActivity: row.lastActivity,
  };
}

export function presentOverdue(overdue: OverdueRow, nowUs: number): Api.StuckItem {
  const { row, pending, lastError } = overdue;
  return {
    instance: row.instance,
    flow: row.flow,
    keys: keysOf(row.keys),
    after: { activity: pending.activity, service: pending.service, at: isoTime(pending.sinceUs) },
    expected: overdue.expected.map((expected) => ({ ...expected })),
    dueAt: isoTime(pending.dueUs),
    overdueUs: nowUs - pending.dueUs,
    waitsFor: [...(pending.waitsFor ?? [])],
    percentile: overdue.percentile ?? null,
    lastError:
      lastError === undefined
        ? null
        : {
            type: lastError.type,
            message: lastError.message,
            service: lastError.service,
            at: isoTime(lastError.atUs),
          },
    basis: 'declared',
  };
}

export function presentInstance(detail: InstanceDetail, nowUs: number): Api.Instance {
  const events = detail.members.map(presentMember);
  return {
    ...presentInstanceRow(detail.row),
    steps: stepsOf(detail),
    objects: [],
    traces: [...new Set(detail.members.flatMap(({ event }) => (event.trace ? [event.trace.traceId] : [])))],
    mergedFrom: [...detail.mergedFrom],
    events,
    eventsTotal: detail.membersTotal,
    explanations: countExplanations(events),
    stuck: detail.overdue === undefined ? null : presentOverdue(detail.overdue, nowUs),
  };
}

function stepsOf(detail: InstanceDetail): Api.Step[] {
  const eventsOfStep = new Map<number, string[]>();
  for (const { event, step } of detail.members) {
    const events = eventsOfStep.get(step);
    if (events === undefined) eventsOfStep.set(step, [event.id]);
    else events.push(event.id);
  }
  return detail.steps.map((step, place) => ({
    step: place,
    activity: step.activity,
    service: step.service,
    consumers: [...step.consumers],
    kind: step.kind,
    startedAt: isoTime(step.startUs),
    endedAt: isoTime(step.endUs),
    durationUs: step.endUs - step.startUs,
    open: step.open,
    waitsFor: [...step.waitsFor],
    status: step.status,
    causes: step.causes.map((cause) => ({
      step: cause.step,
      evidence: cause.evidence,
      waitUs: cause.waitUs,
      workUs: cause.workUs,
      overlapUs: cause.overlapUs,
    })),
    events: eventsOfStep.get(place) ?? [],
  }));
}

function presentMember(member: MemberRow): Api.TimelineEvent {
  const { event } = member;
  return {
    event: event.id,
    type: event.type,
    kind: event.kind,
    source: event.source,
    service: event.service,
    at: isoTime(event.timeUs),
    durationUs: event.durationUs,
    status: event.status,
    error: event.error ?? null,
    traceId: event.trace?.traceId ?? '',
    spanId: event.trace?.spanId ?? '',
    parentSpanId: event.trace?.parentSpanId ?? '',
    role: event.message?.role ?? '',
    step: member.step < 0 ? null : member.step,
    attributes: event.attributes,
    explanation: explain(member),
  };
}

function explain({ event, rule }: MemberRow): string {
  switch (rule) {
    case 'key': {
      const keys = Object.entries(event.keys).flatMap(([type, values]) =>
        values.map((value) => `${type}:${value}`),
      );
      return `carries the key ${keys.join(', ')}`;
    }
    case 'ancestor':
      return 'has no key; its nearest keyed ancestor in the trace is in this instance';
    case 'link':
      return 'has no key; it links to a span of this instance';
    case 'descendant':
      return 'has no key; the nearest keyed span below it is in this instance';
    case 'only':
      return 'has no key; this is the only instance in its trace';
    case 'trace':
      return 'nothing in its trace carries a key that a flow knows';
  }
}

function countExplanations(events: readonly Api.TimelineEvent[]): Api.Instance['explanations'] {
  const counts = new Map<string, number>();
  for (const { explanation } of events) counts.set(explanation, (counts.get(explanation) ?? 0) + 1);
  return [...counts].map(([explanation, count]) => ({ explanation, events: count }));
}
