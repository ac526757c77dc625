import type { FlowDefinition } from '../config/flow.ts';
import type { EventKind, EventStatus } from '../event/event.ts';
import type { CorrelatedEvent } from './model.ts';

/** One activity of one instance: one event, or a publication joined with its consumptions. */
export type Step = {
  readonly activity: string;
  readonly kind: EventKind;
  /** Who did it; empty for a message whose publication was not observed. */
  service: string;
  readonly consumers: string[];
  startUs: number;
  endUs: number;
  status: EventStatus;
  /** The events of the step in order; the publication first where there is one. */
  readonly events: CorrelatedEvent[];
  /** Place of the defining event among the instance's events. */
  readonly rank: number;
  /** Whether what was published was observed (always true for steps that are no message). */
  published: boolean;
};

/**
 * The steps of an instance from its events, which must be sorted. Spans that are only operations are no steps unless the flow
 * maps their type to an activity.
 *
 * A consumption belongs to the publication that its parent or links point to, else to the one with the same destination and
 * message id; consumptions of a publication that nobody saw join among themselves the same way.
 */
export function stepsOf(events: readonly CorrelatedEvent[], flow: FlowDefinition): Step[] {
  const index = new MessageIndex(events);
  const steps: Step[] = [];
  events.forEach((event, rank) => {
    if (event.message?.role === 'consumed' || !isStep(event, flow)) return;
    const same = event.message && index.byMessage(event);
    if (same !== undefined) {
      same.events.push(event);
      index.add(event, same);
      return;
    }
    const step = open(event, flow, rank, true);
    steps.push(step);
    index.add(event, step);
  });
  events.forEach((event, rank) => {
    if (event.message?.role !== 'consumed') return;
    const consumed = index.publicationsOf(event);
    if (consumed.length === 0) {
      const step = open(event, flow, rank, false);
      step.consumers.push(event.service);
      steps.push(step);
      index.add(event, step);
      index.addUnseenPublication(event, step);
      return;
    }
    for (const step of consumed) consume(step, event);
    if (consumed[0] !== undefined && consumed.length === 1) index.add(event, consumed[0]);
  });
  return steps.sort((a, b) => a.rank - b.rank);
}

function isStep(event: CorrelatedEvent, flow: FlowDefinition): boolean {
  return event.kind !== 'operation' || flow.activities.has(event.type);
}

function open(event: CorrelatedEvent, flow: FlowDefinition, rank: number, published: boolean): Step {
  return {
    activity: flow.activities.get(event.type) ?? event.type,
    kind: event.kind,
    service: published ? event.service : '',
    consumers: [],
    startUs: event.timeUs,
    endUs: published ? event.timeUs + event.durationUs : event.timeUs,
    status: event.status,
    events: [event],
    rank,
    published,
  };
}

function consume(step: Step, event: CorrelatedEvent): void {
  step.events.push(event);
  if (!step.consumers.includes(event.service)) step.consumers.push(event.service);
  if (event.status === 'error') step.status = 'error';
}

/** `traceId:spanId`, as parents and links name a span. */
export function spanKey(reference: { readonly traceId: string; readonly spanId: string }): string {
  return `${reference.traceId}:${reference.spanId}`;
}

/** The spans that an event names as its causes: its parent, then its links. */
export function causeKeys(event: CorrelatedEvent): string[] {
  const trace = event.trace;
  if (trace === undefined) return [];
  const keys = trace.links.map(spanKey);
  if (trace.parentSpanId !== '') keys.unshift(`${trace.traceId}:${trace.parentSpanId}`);
  return keys;
}

/** Finds the step of a message by span and by message id. */
class MessageIndex {
  readonly #spans = new Map<string, Step>();
  readonly #messages = new Map<string, Step>();
  readonly #seen = new Set<string>();

  constructor(events: readonly CorrelatedEvent[]) {
    for (const event of events) if (event.trace) this.#seen.add(spanKey(event.trace));
  }

  add(event: CorrelatedEvent, step: Step): void {
    if (event.message === undefined) return;
    if (event.trace) this.#spans.set(spanKey(event.trace), step);
    const key = messageKey(event);
    if (key !== undefined && !this.#messages.has(key)) this.#messages.set(key, step);
  }

  /** Other consumers of a publication that nobody saw name the same span. */
  addUnseenPublication(event: CorrelatedEvent, step: Step): void {
    for (const key of causeKeys(event)) if (!this.#seen.has(key)) this.#spans.set(key, step);
  }

  byMessage(event: CorrelatedEvent): Step | undefined {
    const key = messageKey(event);
    return key === undefined ? undefined : this.#messages.get(key);
  }

  publicationsOf(event: CorrelatedEvent): Step[] {
    const found = new Set<Step>();
    for (const key of causeKeys(event)) {
      const step = this.#spans.get(key);
      if (step?.events[0]?.message?.destination === event.message?.destination && step !== undefined)
        found.add(step);
    }
    if (found.size === 0) {
      const step = this.byMessage(event);
      if (step !== undefined) found.add(step);
    }
    return [...found];
  }
}

function messageKey(event: CorrelatedEvent): string | undefined {
  const message = event.message;
  if (message === undefined || message.messageId === '') return undefined;
  return `${message.destination}\0${message.messageId}`;
}
