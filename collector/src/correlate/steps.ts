import type { FlowDefinition } from '../config/flow.ts';
import type { EventKind, EventStatus } from '../event/event.ts';
import { causesFirst } from './causes-first.ts';
import { activityOf, type Definitions, NO_DEFINITIONS } from './definitions.ts';
import { engineSteps } from './engine-steps.ts';
import { type CorrelatedEvent, causeKeys, spanKey } from './model.ts';

/**
 * One activity of one instance: one event, a publication joined with its consumptions, or the records of one element of a process.
 */
export type Step = {
  activity: string;
  readonly kind: EventKind;
  /** Who did it; empty for a message whose publication was not observed. */
  service: string;
  readonly consumers: string[];
  startUs: number;
  /** Of an open step its start. */
  endUs: number;
  /** Begun, and not seen to have ended. */
  readonly open: boolean;
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
 * maps their type to an activity. For an engine's records see {@link engineSteps}.
 *
 * A consumption belongs to the publication that its parent or links point to, directly or over another consumption of the same
 * message, else to the one with the same destination and message id; consumptions of a publication that nobody saw join among
 * themselves the same way.
 *
 * A recorded message (it stands in a topic, or is a CloudEvent) belongs to the publication that its sender's span or its message id names; where it says
 * more exactly than the span what it is, it names the step. Without one it is the publication itself.
 */
export function stepsOf(
  events: readonly CorrelatedEvent[],
  flow: FlowDefinition,
  definitions: Definitions = NO_DEFINITIONS,
): Step[] {
  const index = new MessageIndex(events);
  const steps: Step[] = engineSteps(events, flow, definitions);
  const consumptions = new Map<CorrelatedEvent, number>();
  const recorded: [CorrelatedEvent, number][] = [];
  events.forEach((event, rank) => {
    if (event.message?.role === 'consumed') {
      consumptions.set(event, rank);
      return;
    }
    if (event.message?.role === 'recorded') {
      recorded.push([event, rank]);
      return;
    }
    if (!isStep(event, flow)) return;
    const same = event.message && index.byMessage(event);
    const step = same ?? open(event, flow, rank, true);
    if (same === undefined) steps.push(step);
    else publishAgain(same, event);
    index.add(event, step);
  });
  for (const [event, rank] of recorded) {
    const published = index.publicationOfRecorded(event);
    if (published === undefined) steps.push(index.addRecorded(event, open(event, flow, rank, true)));
    else joinRecorded(published, event, flow);
  }
  for (const event of inOrderOfReceipt([...consumptions.keys()])) {
    const consumed = index.publicationsOf(event);
    for (const step of consumed) consume(step, event);
    if (consumed[0] !== undefined) {
      if (consumed.length === 1) index.add(event, consumed[0]);
      continue;
    }
    const step = open(event, flow, consumptions.get(event) ?? 0, false);
    step.consumers.push(event.service);
    steps.push(step);
    index.add(event, step);
    index.addUnseenPublication(event, step);
  }
  return steps.sort((a, b) => a.rank - b.rank);
}

/** A consumption after those that it names as its causes: `process` after `receive`, whichever clock is ahead. */
function inOrderOfReceipt(consumptions: readonly CorrelatedEvent[]): readonly CorrelatedEvent[] {
  const bySpan = new Map<string, CorrelatedEvent>();
  for (const event of consumptions) if (event.trace) bySpan.set(spanKey(event.trace), event);
  return causesFirst(consumptions, (event) => causeKeys(event).flatMap((key) => bySpan.get(key) ?? []));
}

function isStep(event: CorrelatedEvent, flow: FlowDefinition): boolean {
  if (event.engine !== undefined) return false;
  return event.kind !== 'operation' || flow.activities.has(event.type);
}

function open(event: CorrelatedEvent, flow: FlowDefinition, rank: number, published: boolean): Step {
  return {
    activity: activityOf(event, flow, NO_DEFINITIONS),
    kind: event.kind,
    service: published ? event.service : '',
    consumers: [],
    startUs: event.timeUs,
    endUs: published ? event.timeUs + event.durationUs : event.timeUs,
    open: false,
    status: event.status,
    events: [event],
    rank,
    published,
  };
}

/** `create` and `send` of one message, or the same message sent again. */
function publishAgain(step: Step, event: CorrelatedEvent): void {
  step.events.push(event);
  step.endUs = Math.max(step.endUs, event.timeUs + event.durationUs);
  if (event.status === 'error') step.status = 'error';
}

function joinRecorded(step: Step, event: CorrelatedEvent, flow: FlowDefinition): void {
  step.events.push(event);
  if (isNamed(event)) step.activity = flow.activities.get(event.type) ?? event.type;
}

/** Whether it says what it is, and not only where it stands. */
function isNamed(event: CorrelatedEvent): boolean {
  return event.type !== event.message?.destination;
}

function consume(step: Step, event: CorrelatedEvent): void {
  step.events.push(event);
  if (!step.consumers.includes(event.service)) step.consumers.push(event.service);
  if (event.status === 'error') step.status = 'error';
}

/** Finds the step of a message by span and by message id. */
class MessageIndex {
  readonly #spans = new Map<string, Step>();
  readonly #messages = new Map<string, Step>();
  readonly #unseen = new Map<string, Step>();
  /** Sender's span and destination → what it recorded there; undefined when that is more than one step. */
  readonly #recorded = new Map<string, Step | undefined>();
  readonly #events: readonly CorrelatedEvent[];
  #seen: ReadonlySet<string> | undefined;

  constructor(events: readonly CorrelatedEvent[]) {
    this.#events = events;
  }

  /** Only few instances ask. */
  #wasSeen(key: string): boolean {
    this.#seen ??= new Set(this.#events.flatMap((event) => (event.trace ? [spanKey(event.trace)] : [])));
    return this.#seen.has(key);
  }

  add(event: CorrelatedEvent, step: Step): void {
    if (event.message === undefined) return;
    if (event.trace) this.#spans.set(spanKey(event.trace), step);
    const key = messageKey(event);
    if (key !== undefined && !this.#messages.has(key)) this.#messages.set(key, step);
  }

  /** Other consumers of a publication that nobody saw name the same span: by a link, or where there are none as their parent. */
  addUnseenPublication(event: CorrelatedEvent, step: Step): void {
    const links = event.trace?.links.map(spanKey) ?? [];
    for (const key of links.length > 0 ? links : causeKeys(event))
      if (!this.#wasSeen(key)) this.#unseen.set(key, step);
  }

  /** The step that its sender's span published there, or one with its message id; never one that is named otherwise. */
  publicationOfRecorded(event: CorrelatedEvent): Step | undefined {
    const [sender = ''] = causeKeys(event);
    const sent = this.#spans.get(sender);
    const step = sent?.events[0]?.message?.destination === event.message?.destination ? sent : undefined;
    const found = step ?? this.byMessage(event);
    const other = found?.events.find((each) => each.message?.role === 'recorded');
    return other !== undefined && other.type !== event.type ? undefined : found;
  }

  /** A message whose publication no span tells of stands for it. */
  addRecorded(event: CorrelatedEvent, step: Step): Step {
    this.add(event, step);
    for (const sender of causeKeys(event)) {
      const key = `${sender}\0${event.message?.destination}`;
      this.#recorded.set(key, this.#recorded.has(key) ? undefined : step);
    }
    return step;
  }

  byMessage(event: CorrelatedEvent): Step | undefined {
    const key = messageKey(event);
    return key === undefined ? undefined : this.#messages.get(key);
  }

  publicationsOf(event: CorrelatedEvent): Step[] {
    const found = new Set<Step>();
    for (const key of causeKeys(event)) {
      const step = this.#spans.get(key) ?? this.#unseenOf(key, event);
      if (step?.events[0]?.message?.destination === event.message?.destination && step !== undefined)
        found.add(step);
    }
    if (found.size === 0) {
      for (const key of causeKeys(event)) {
        const step = this.#recorded.get(`${key}\0${event.message?.destination}`);
        if (step !== undefined) found.add(step);
      }
    }
    if (found.size === 0) {
      const step = this.byMessage(event);
      if (step !== undefined) found.add(step);
    }
    return [...found];
  }

  /** One poll may be the parent of many messages: where both say which message it was, that decides. */
  #unseenOf(key: string, event: CorrelatedEvent): Step | undefined {
    const step = this.#unseen.get(key);
    const other = step?.events[0]?.message?.messageId ?? '';
    const own = event.message?.messageId ?? '';
    return other === '' || own === '' || other === own ? step : undefined;
  }
}

function messageKey(event: CorrelatedEvent): string | undefined {
  const message = event.message;
  if (message === undefined || message.messageId === '') return undefined;
  return `${message.destination}\0${message.messageId}`;
}
