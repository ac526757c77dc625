import { effectsOf } from './cause-graph.ts';
import type { Step } from './steps.ts';

/** Steps below forks looked at in one instance, about: exact for every instance of up to 2,000 steps. */
const BELOW_MAX = 4_000_000;
const BELOW_EACH_MIN = 100;

/**
 * A leaf beside a branch that went on is joined to the first later step below their common fork: of the steps published by a
 * service that consumed the leaf where there is one, else of all but the leaf's siblings.
 *
 * @param causes of each step, by place. @returns pairs of leaf and the step that it is taken to have led to.
 */
export function joinsOfLeaves(
  steps: readonly Step[],
  causes: readonly (readonly number[])[],
): [leaf: number, target: number][] {
  const children = effectsOf(causes);
  const leavesOfFork = new Map<number, number[]>();
  causes.forEach((list, place) => {
    if ((children[place]?.length ?? 0) > 0) return;
    for (const fork of list) {
      if ((children[fork]?.length ?? 0) < 2) continue;
      const leaves = leavesOfFork.get(fork);
      if (leaves === undefined) leavesOfFork.set(fork, [place]);
      else leaves.push(place);
    }
  });
  const limit = Math.max(BELOW_EACH_MIN, Math.floor(BELOW_MAX / leavesOfFork.size));
  const found = new Map<number, Target>();
  for (const [fork, leaves] of leavesOfFork) {
    const below = new Below(stepsBelow(fork, children, limit), steps);
    for (const leaf of leaves) found.set(leaf, nearer(found.get(leaf), below.after(leaf)));
  }
  const joins: [number, number][] = [];
  for (const [leaf, { consumed, any }] of found) {
    const target = consumed ?? any;
    if (target !== undefined) joins.push([leaf, target]);
  }
  return joins.sort(([a], [b]) => a - b);
}

type Target = {
  /** The first later step of a service that consumed the leaf. */
  readonly consumed: number | undefined;
  readonly any: number | undefined;
};

function nearer(a: Target | undefined, b: Target): Target {
  if (a === undefined) return b;
  return { consumed: first(a.consumed, b.consumed), any: first(a.any, b.any) };
}

function first(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

/** What descends from a fork but is no child of it, in the order of time. */
function stepsBelow(fork: number, children: readonly (readonly number[])[], limit: number): number[] {
  const siblings = new Set(children[fork]);
  const seen = new Set<number>(siblings);
  const below: number[] = [];
  const queue = [...siblings];
  for (let at = 0; at < queue.length && below.length < limit; at++) {
    for (const place of children[queue[at] ?? 0] ?? []) {
      if (seen.has(place)) continue;
      seen.add(place);
      queue.push(place);
      below.push(place);
    }
  }
  return below.sort((a, b) => a - b);
}

class Below {
  readonly #places: readonly number[];
  readonly #steps: readonly Step[];
  #byService: Map<string, number[]> | undefined;

  constructor(places: readonly number[], steps: readonly Step[]) {
    this.#places = places;
    this.#steps = steps;
  }

  after(leaf: number): Target {
    let consumed: number | undefined;
    for (const service of this.#steps[leaf]?.consumers ?? [])
      consumed = first(consumed, firstAfter(this.#placesOf(service), leaf));
    return { consumed, any: firstAfter(this.#places, leaf) };
  }

  #placesOf(service: string): readonly number[] {
    if (this.#byService === undefined) {
      this.#byService = new Map();
      for (const place of this.#places) {
        const name = this.#steps[place]?.service ?? '';
        const places = this.#byService.get(name);
        if (places === undefined) this.#byService.set(name, [place]);
        else places.push(place);
      }
    }
    return this.#byService.get(service) ?? [];
  }
}

/** The smallest of the sorted places that is greater. */
function firstAfter(places: readonly number[], place: number): number | undefined {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) > place) high = middle;
    else low = middle + 1;
  }
  return places[low];
}
