import type { CorrelatedEvent } from './model.ts';
import { causeKeys, type Step, spanKey } from './steps.ts';

export type Evidence = 'causal' | 'temporal';

/** Step `step` (its place in the instance) led to the step that carries this. */
export type Cause = {
  readonly step: number;
  readonly evidence: Evidence;
  /** A parallel leaf that nobody is seen to have consumed, joined by its place in time. */
  readonly inferred: boolean;
  /** End of the cause to consumption (for messages), or to the start of the effect. Never negative; see `overlap`. */
  readonly waitUs: number;
  /** Consumption of the cause to the start of the effect; 0 where no consumption was seen. */
  readonly workUs: number;
  /** Whether the clocks said that the effect began before its cause ended. */
  readonly overlap: boolean;
};

/**
 * The causes of every step, by place. A step's causes are the nearest steps up its parents and links, without those that are
 * themselves causes of another one. A step without causal evidence follows the step before it in time; a parallel leaf joins the
 * first later step that descends from the same fork.
 *
 * @param events all events of the instance, so that the walk can cross operations and consumptions.
 */
export function causesOf(steps: readonly Step[], events: readonly CorrelatedEvent[]): Cause[][] {
  const bySpan = new Map<string, CorrelatedEvent>();
  for (const event of events) if (event.trace) bySpan.set(spanKey(event.trace), event);
  const stepsOfEvent = new Map<CorrelatedEvent, number[]>();
  steps.forEach((step, place) => {
    for (const event of step.events) {
      const places = stepsOfEvent.get(event);
      if (places === undefined) stepsOfEvent.set(event, [place]);
      else places.push(place);
    }
  });
  const found = steps.map((step, place) => nearestSteps(step, place, bySpan, stepsOfEvent));
  const above = ancestorsIn(found.map((causes) => [...causes.keys()]));
  const causes = found.map((candidates, place) => {
    const direct = [...candidates.keys()];
    const kept = direct.filter(
      (step) =>
        !(step > place && above(step).has(place)) &&
        !direct.some((other) => other !== step && above(other).has(step)),
    );
    return kept.sort((a, b) => a - b).map((step) => causalOf(steps, step, place, candidates.get(step)));
  });
  if (causes.some((list) => list.length > 0)) joinLeaves(steps, causes);
  return causes.map((list, place) =>
    list.length > 0 || place === 0 ? list : [temporalOf(steps, place - 1, place, false)],
  );
}

/** Up from the publication (or from the consumption where no publication was seen) to the first steps on every path. */
function nearestSteps(
  step: Step,
  place: number,
  bySpan: ReadonlyMap<string, CorrelatedEvent>,
  stepsOfEvent: ReadonlyMap<CorrelatedEvent, readonly number[]>,
): Map<number, CorrelatedEvent | undefined> {
  const found = new Map<number, CorrelatedEvent | undefined>();
  const first = step.events[0];
  if (first === undefined) return found;
  const queue = causeKeys(first);
  const visited = new Set<string>();
  while (queue.length > 0) {
    const key = queue.shift() ?? '';
    if (visited.has(key)) continue;
    visited.add(key);
    const event = bySpan.get(key);
    if (event === undefined) continue;
    const places = (stepsOfEvent.get(event) ?? []).filter((other) => other !== place);
    if (places.length === 0) {
      queue.push(...causeKeys(event));
      continue;
    }
    for (const other of places) {
      const consumption = event.message?.role === 'consumed' ? event : undefined;
      if (!found.has(other) || found.get(other) === undefined) found.set(other, consumption);
    }
  }
  return found;
}

/** All steps above a step, found when asked and remembered. Cycles (broken clocks, repeated ids) end where they close. */
function ancestorsIn(parents: readonly (readonly number[])[]): (place: number) => ReadonlySet<number> {
  const known = new Map<number, Set<number>>();
  return (place) => {
    let above = known.get(place);
    if (above !== undefined) return above;
    above = new Set<number>();
    const stack = [...(parents[place] ?? [])];
    while (stack.length > 0) {
      const next = stack.pop();
      if (next === undefined || above.has(next)) continue;
      above.add(next);
      stack.push(...(parents[next] ?? []));
    }
    known.set(place, above);
    return above;
  };
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
    overlap: readyUs < endUs || startUs < readyUs,
  };
}

export function temporalOf(steps: readonly Step[], from: number, to: number, inferred: boolean): Cause {
  const waitUs = (steps[to]?.startUs ?? 0) - (steps[from]?.endUs ?? 0);
  return {
    step: from,
    evidence: 'temporal',
    inferred,
    waitUs: Math.max(0, waitUs),
    workUs: 0,
    overlap: waitUs < 0,
  };
}

/**
 * A leaf beside a branch that went on is joined to the first later step below their common fork: of the steps published by a
 * service that consumed the leaf where there is one, else of all but the leaf's siblings.
 */
function joinLeaves(steps: readonly Step[], causes: Cause[][]): void {
  const children: number[][] = steps.map(() => []);
  causes.forEach((list, place) => {
    for (const cause of list) children[cause.step]?.push(place);
  });
  const above = ancestorsIn(causes.map((list) => list.map((cause) => cause.step)));
  const joined: [number, number][] = [];
  for (let leaf = 0; leaf < steps.length; leaf++) {
    if ((children[leaf]?.length ?? 0) > 0) continue;
    const forks = (causes[leaf] ?? [])
      .map((cause) => cause.step)
      .filter((fork) => (children[fork]?.length ?? 0) > 1);
    if (forks.length === 0) continue;
    const later: number[] = [];
    for (let place = leaf + 1; place < steps.length; place++) {
      if (forks.some((fork) => above(place).has(fork) && !children[fork]?.includes(place))) later.push(place);
    }
    const consumers = steps[leaf]?.consumers ?? [];
    const target = later.find((place) => consumers.includes(steps[place]?.service ?? '')) ?? later[0];
    if (target !== undefined) joined.push([leaf, target]);
  }
  for (const [leaf, target] of joined) causes[target]?.push(temporalOf(steps, leaf, target, true));
}
