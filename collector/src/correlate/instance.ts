import { type FlowDefinition, UNASSIGNED } from '../config/flow.ts';
import type { EventError } from '../event/event.ts';
import { FILE_SOURCE } from '../event/expiry.ts';
import { type Cause, causesOf, temporalOf } from './causes.ts';
import { type Definitions, NO_DEFINITIONS } from './definitions.ts';
import { type EngineState, engineStateOf } from './engine-state.ts';
import { instanceId, smallestKey } from './identity.ts';
import type { CorrelatedEvent, MembershipRule } from './model.ts';
import { sortEvents } from './order.ts';
import { type Step, stepsOf } from './steps.ts';
import { causalVariant, temporalVariant, type Variant } from './variant.ts';

/**
 * One process instance as it is stored: a function of its events and its flow's definition, never an increment, so that writing it
 * again changes nothing.
 */
export type InstanceDocument = {
  /** Internal number; small, dense, in log order. */
  readonly no: number;
  readonly instance: string;
  readonly flow: string;
  readonly scope: string;
  /** `keyType:value`; empty for a trace without keys. */
  readonly keys: readonly string[];
  /** Other ids that resolve to this instance. */
  readonly aliases: readonly string[];
  /** Ids that were instances of their own before they merged into this one. */
  readonly mergedFrom: readonly string[];
  readonly startUs: number;
  readonly lastUs: number;
  /** When its newest event was received. */
  readonly receivedUs: number;
  /** Whether all of its events are rows or entries of imported files. */
  readonly isImported: boolean;
  /** The trace that it is; empty unless `keys` is. */
  readonly trace: string;
  readonly state: 'open' | 'completed' | 'failed';
  readonly steps: readonly Step[];
  /** Causes of each step, by place. */
  readonly causes: readonly (readonly Cause[])[];
  /** The transition by the clock into each step but the first. */
  readonly successions: readonly Cause[];
  readonly hasCausal: boolean;
  readonly temporal: Variant;
  readonly causal: Variant;
  readonly services: readonly string[];
  readonly members: readonly Member[];
  /** The unmet expectation that is due first; undefined when nothing is expected. */
  readonly pending: Pending | undefined;
  readonly lastError: LastError | undefined;
};

export type Member = {
  readonly event: CorrelatedEvent;
  readonly rule: MembershipRule;
  /** Place of its step, -1 when it is in none. */
  readonly step: number;
};

export type Pending = {
  /** Place of the step that is waited after. */
  readonly step: number;
  readonly activity: string;
  readonly service: string;
  readonly sinceUs: number;
  readonly next: readonly string[];
  readonly dueUs: number;
  /** What an engine waits for, as people say it; left out where no engine does. */
  readonly waitsFor?: readonly string[];
};

export type LastError = EventError & { readonly service: string; readonly atUs: number };

export type Membered = { readonly event: CorrelatedEvent; readonly rule: MembershipRule };

export type InstanceIdentity = {
  readonly no: number;
  readonly scope: string;
  /** `keyType:value`, at least one. */
  readonly keys: readonly string[];
  /** Ids of the instances that merged into this one. */
  readonly merged: readonly string[];
  /** Ids of the traces that were instances of their own before. */
  readonly formerly: readonly string[];
};

/** @param membered the events of the instance, in any order, at least one. */
export function assembleInstance(
  identity: InstanceIdentity,
  membered: readonly Membered[],
  flow: FlowDefinition,
  definitions: Definitions = NO_DEFINITIONS,
): InstanceDocument {
  const events = sortEvents(membered.map((member) => member.event));
  const steps = stepsOf(events, flow, definitions);
  const causes = causesOf(steps, events, definitions);
  const engine = engineStateOf(events);
  const hasCausal = causes.some((list) => list.some((cause) => cause.evidence === 'causal'));
  const activities = steps.map((step) => step.activity);
  const temporal = temporalVariant(activities);
  const state = stateOf(steps, flow, events, engine);
  const times = timesOf(events);
  const keys = [...identity.keys].sort();
  const name = smallestKey(keys);
  const keyless = flow.flow === UNASSIGNED && name.startsWith('trace:');
  return {
    no: identity.no,
    instance: instanceId(identity.scope, flow.flow, name),
    flow: flow.flow,
    scope: identity.scope,
    keys: keyless ? [] : keys,
    aliases: [
      ...keys.filter((key) => key !== name).map((key) => instanceId(identity.scope, flow.flow, key)),
      ...identity.formerly,
    ],
    mergedFrom: identity.merged,
    ...times,
    receivedUs: events.reduce((newest, event) => Math.max(newest, event.receivedAtUs), 0),
    isImported: events.every((event) => event.source.startsWith(FILE_SOURCE)),
    trace: keyless ? name.slice('trace:'.length) : '',
    state,
    steps,
    causes,
    successions: steps.slice(1).map((_, place) => temporalOf(steps, place, place + 1, false)),
    hasCausal,
    temporal,
    causal: hasCausal ? causalVariant(activities, causes) : temporal,
    services: servicesOf(steps, events),
    members: membersOf(events, steps, membered),
    pending: state === 'open' ? pendingOf(steps, causes, flow, engine) : undefined,
    lastError: lastErrorOf(steps, events, engine),
  };
}

function timesOf(events: readonly CorrelatedEvent[]): { startUs: number; lastUs: number } {
  let startUs = Number.MAX_SAFE_INTEGER;
  let lastUs = 0;
  for (const event of events) {
    startUs = Math.min(startUs, event.timeUs);
    lastUs = Math.max(lastUs, event.timeUs + event.durationUs);
  }
  return { startUs, lastUs };
}

/**
 * An open incident is a failure. Else the declared ends decide, and an end with an error is a failure; where there are none, the
 * engine does. Imported instances of a flow without declared ends are completed, live ones stay open.
 */
function stateOf(
  steps: readonly Step[],
  flow: FlowDefinition,
  events: readonly CorrelatedEvent[],
  engine: EngineState<CorrelatedEvent> | undefined,
): InstanceDocument['state'] {
  if (engine?.incident !== undefined) return 'failed';
  const end = steps.findLast((step) => !step.open && flow.ends.has(step.activity));
  // Its own event counts: whoever fails later on what it published has not undone it.
  if (end !== undefined) return end.events[0]?.status === 'error' ? 'failed' : 'completed';
  if (engine !== undefined) return flow.ends.size === 0 || engine.state === 'failed' ? engine.state : 'open';
  if (flow.ends.size === 0 && events.some((event) => event.declaredFlow === flow.flow)) return 'completed';
  return 'open';
}

function servicesOf(steps: readonly Step[], events: readonly CorrelatedEvent[]): string[] {
  const services = new Set<string>();
  for (const step of steps) if (step.service !== '') services.add(step.service);
  for (const event of events) if (event.service !== '') services.add(event.service);
  return [...services];
}

function membersOf(
  events: readonly CorrelatedEvent[],
  steps: readonly Step[],
  membered: readonly Membered[],
): Member[] {
  const ruleOf = rulesOf(membered);
  const placeOf = placesOf(steps, events);
  return events.map((event, rank) => ({ event, rule: ruleOf(event), step: placeOf(event, rank) }));
}

/** Most instances have all their events by the same rule. */
function rulesOf(membered: readonly Membered[]): (event: CorrelatedEvent) => MembershipRule {
  const first = membered[0]?.rule ?? 'key';
  if (membered.every((member) => member.rule === first)) return () => first;
  const rules = new Map(membered.map((member) => [member.event, member.rule]));
  return (event) => rules.get(event) ?? 'key';
}

/** Where nothing is joined a step stands where its event does. */
function placesOf(
  steps: readonly Step[],
  events: readonly CorrelatedEvent[],
): (event: CorrelatedEvent, rank: number) => number {
  if (steps.length === 0) return () => -1;
  if (steps.length === events.length && steps.every((step) => step.events.length === 1))
    return (_, rank) => rank;
  const places = new Map<CorrelatedEvent, number>();
  steps.forEach((step, place) => {
    for (const event of step.events) if (!places.has(event)) places.set(event, place);
  });
  return (event) => places.get(event) ?? -1;
}

/**
 * What followed by the clock or was led to by the step counts as followed: a service whose clock is behind is not waited for. What
 * is still open has neither ended, so that something could follow it, nor followed.
 */
function pendingOf(
  steps: readonly Step[],
  causes: readonly (readonly Cause[])[],
  flow: FlowDefinition,
  engine: EngineState<CorrelatedEvent> | undefined,
): Pending | undefined {
  const ledTo = (at: number, place: number): boolean =>
    causes[at]?.some((cause) => cause.step === place && cause.evidence === 'causal') ?? false;
  let first: Pending | undefined;
  for (const expectation of flow.expectations) {
    // The last one: a repeated step is waited for again.
    const place = steps.findLastIndex((step) => !step.open && step.activity === expectation.after);
    const step = steps[place];
    if (step === undefined) continue;
    const followed = steps.some(
      ({ activity, open }, at) =>
        !open && expectation.next.includes(activity) && (at > place || ledTo(at, place)),
    );
    if (followed) continue;
    const dueUs = step.endUs + expectation.withinUs;
    if (first !== undefined && first.dueUs <= dueUs) continue;
    first = {
      step: place,
      activity: step.activity,
      service: step.service,
      sinceUs: step.endUs,
      next: expectation.next,
      dueUs,
    };
  }
  const waitsFor = engine?.waits.map((wait) => wait.engine?.waitsFor ?? '');
  return first && waitsFor !== undefined && waitsFor.length > 0 ? { ...first, waitsFor } : first;
}

/** The incident that holds it up, else what went wrong last. */
function lastErrorOf(
  steps: readonly Step[],
  events: readonly CorrelatedEvent[],
  engine: EngineState<CorrelatedEvent> | undefined,
): LastError | undefined {
  const event = engine?.incident ?? events.findLast((candidate) => candidate.status === 'error');
  if (event === undefined) return undefined;
  const step = event.service === '' ? steps.find(({ events: own }) => own.includes(event)) : undefined;
  return {
    type: event.error?.type ?? '',
    message: event.error?.message ?? '',
    service: step?.service ?? event.service,
    atUs: event.timeUs + event.durationUs,
  };
}
