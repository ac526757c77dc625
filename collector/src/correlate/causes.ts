import { CauseGraph } from './cause-graph.ts';
import { causesFirst } from './causes-first.ts';
import { type Definitions, NO_DEFINITIONS } from './definitions.ts';
import { engineCauses } from './engine-causes.ts';
import { joinsOfLeaves } from './leaves.ts';
import { type CorrelatedEvent, causeKeys, spanKey } from './model.ts';
import type { Step } from './steps.ts';

export type Evidence = 'causal' | 'temporal';

/** Step `step` (its place in the instance) led to the step that carries this. */
export type Cause = {
  readonly step: number;
  readonly evidence: Evidence;
  /** A parallel leaf that nobody is seen to have consumed, joined by its place in time. */
  readonly inferred: boolean;
  /** End of the cause to consumption (for messages), or to the start of the effect. Never negative; see `overlapUs`. */
  readonly waitUs: number;
  /** Consumption of the cause to the start of the effect; 0 where no consumption was seen. */
  readonly workUs: number;
  /** By how much the waiting or the working time would be negative; 0 where the clocks agree with the order. */
  readonly overlapUs: number;
  /** What the clocks of two services can't both be right about; undefined where they can. */
  readonly skew: Skew | undefined;
};

/**
 * A message was consumed, or a call begun, before its sender began to send it: so far, at least, is the clock of `service` behind that of
 * the service of the cause. The transit time comes on top, which nobody knows.
 */
export type Skew = { readonly service: string; readonly atLeastUs: number };

/** Step → the consumption by which it led on; undefined where none was seen. */
type Nearest = ReadonlyMap<number, CorrelatedEvent | undefined>;

const NONE: Nearest = new Map();

/**
 * The causes of every step, by place; never a circle. A step's causes are the nearest steps up its parents and links (and, of an
 * engine's records, up what they say of the process), without those
 * that are themselves causes of another one. A step without causal evidence follows the step before it in time; a parallel leaf joins
 * the first later step that descends from the same fork.
 *
 * @param events all events of the instance, so that the walk can cross operations and consumptions.
 */
export function causesOf(
  steps: readonly Step[],
  events: readonly CorrelatedEvent[],
  definitions: Definitions = NO_DEFINITIONS,
): Cause[][] {
  if (steps.length === 0) return [];
  if (!events.some((event) => event.trace !== undefined)) return oneAfterTheOther(steps);
  const found = nearestSteps(steps, events, definitions);
  const graph = new CauseGraph(found.map((nearest) => [...nearest.keys()]));
  const causes = graph.causes.map((list, place) =>
    list.map((step) => causalOf(steps, step, place, found[place]?.get(step))),
  );
  const join = (step: number, place: number, inferred: boolean): void => {
    graph.add(step, place);
    causes[place]?.push(temporalOf(steps, step, place, inferred));
  };
  for (const [leaf, target] of joinsOfLeaves(steps, graph.causes)) join(leaf, target, true);
  causes.forEach((list, place) => {
    const before = list.length > 0 ? undefined : graph.nearestBefore(place);
    if (before !== undefined) join(before, place, false);
  });
  return causes;
}

/** Without traces there is no causal evidence at all. */
function oneAfterTheOther(steps: readonly Step[]): Cause[][] {
  return steps.map((_, place) => (place === 0 ? [] : [temporalOf(steps, place - 1, place, false)]));
}

/** For every step the first steps on every way up from what published it (from its consumption where no publication was seen). */
function nearestSteps(
  steps: readonly Step[],
  events: readonly CorrelatedEvent[],
  definitions: Definitions,
): Nearest[] {
  const engine = engineCauses(events, definitions);
  const bySpan = new Map<string, CorrelatedEvent>();
  for (const event of events) if (event.trace) bySpan.set(spanKey(event.trace), event);
  const placesOf = new Map<CorrelatedEvent, number[]>();
  steps.forEach((step, place) => {
    for (const event of step.events) {
      const places = placesOf.get(event);
      if (places === undefined) placesOf.set(event, [place]);
      else places.push(place);
    }
  });
  const handedOver = messagesBySender(events, bySpan);
  const causesIn = (event: CorrelatedEvent): CorrelatedEvent[] => {
    const named = causeKeys(event).flatMap((key) => {
      const cause = bySpan.get(key);
      return cause === undefined ? handedOver(key, event) : [cause, ...handedOver(key, event)];
    });
    const found = engine.get(event);
    return found === undefined ? named : [...named, ...found];
  };
  // Events beside all steps hand on what is above them.
  const above = new Map<CorrelatedEvent, Nearest>();
  const nearestOf = (event: CorrelatedEvent): Nearest =>
    united(causesIn(event).map((cause) => stepsAt(cause, placesOf.get(cause)) ?? above.get(cause) ?? NONE));
  const beside = events.filter((event) => !placesOf.has(event));
  const between = (event: CorrelatedEvent) => causesIn(event).filter((cause) => !placesOf.has(cause));
  for (const event of causesFirst(beside, between)) above.set(event, nearestOf(event));
  return steps.map((step, place) => {
    const nearest = united(originsOf(step).map(nearestOf));
    if (!nearest.has(place)) return nearest;
    const others = new Map(nearest);
    others.delete(place);
    return others;
  });
}

/**
 * Messages that are known by themselves, as CloudEvents and records of a topic are, have no span: what another service did in the name
 * of their sender's span, it did because of one of them. Of several those that were there before it, where there are such.
 */
function messagesBySender(
  events: readonly CorrelatedEvent[],
  bySpan: ReadonlyMap<string, CorrelatedEvent>,
): (sender: string, event: CorrelatedEvent) => readonly CorrelatedEvent[] {
  const sent = new Map<string, CorrelatedEvent[]>();
  for (const event of events) {
    if (event.message?.role !== 'recorded') continue;
    for (const sender of causeKeys(event)) {
      const messages = sent.get(sender);
      if (messages === undefined) sent.set(sender, [event]);
      else messages.push(event);
    }
  }
  return (sender, event) => {
    const messages = event.message?.role === 'recorded' ? undefined : sent.get(sender);
    if (messages === undefined) return [];
    const service = bySpan.get(sender)?.service;
    const others = messages.filter((message) => (service ?? message.service) !== event.service);
    const before = others.filter((message) => message.timeUs <= event.timeUs);
    return before.length > 0 ? before : others;
  };
}

function originsOf(step: Step): readonly CorrelatedEvent[] {
  const publications = step.events.filter((event) => event.message?.role !== 'consumed');
  return step.published ? publications : step.events.slice(0, 1);
}

function stepsAt(event: CorrelatedEvent, places: readonly number[] | undefined): Nearest | undefined {
  if (places === undefined) return undefined;
  const consumption = event.message?.role === 'consumed' ? event : undefined;
  return new Map(places.map((place) => [place, consumption]));
}

function united(list: readonly Nearest[]): Nearest {
  const some = list.filter((nearest) => nearest.size > 0);
  if (some.length <= 1) return some[0] ?? NONE;
  const all = new Map<number, CorrelatedEvent | undefined>();
  for (const nearest of some)
    for (const [place, consumption] of nearest) all.set(place, all.get(place) ?? consumption);
  return all;
}

function causalOf(
  steps: readonly Step[],
  from: number,
  to: number,
  consumption: CorrelatedEvent | undefined,
): Cause {
  const endUs = steps[from]?.endUs ?? 0;
  const startUs = steps[to]?.startUs ?? 0;
  const readyUs = consumption?.timeUs ?? startUs;
  return {
    step: from,
    evidence: 'causal',
    inferred: false,
    waitUs: Math.max(0, readyUs - endUs),
    workUs: Math.max(0, startUs - readyUs),
    overlapUs: Math.max(0, endUs - readyUs, readyUs - startUs),
    skew: skewOf(steps[from], consumption?.service ?? steps[to]?.service ?? '', readyUs),
  };
}

function skewOf(cause: Step | undefined, service: string, readyUs: number): Skew | undefined {
  if (cause === undefined || !(readyUs < cause.startUs)) return undefined;
  if (cause.service === '' || service === '' || cause.service === service) return undefined;
  return { service, atLeastUs: cause.startUs - readyUs };
}

export function temporalOf(steps: readonly Step[], from: number, to: number, inferred: boolean): Cause {
  const waitUs = (steps[to]?.startUs ?? 0) - (steps[from]?.endUs ?? 0);
  return {
    step: from,
    evidence: 'temporal',
    inferred,
    waitUs: Math.max(0, waitUs),
    workUs: 0,
    overlapUs: Math.max(0, -waitUs),
    skew: undefined,
  };
}
