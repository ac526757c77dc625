import type { ChainActivity, ChainTransition } from 'throughline/schema';
import type { ChainGraph } from './graph.ts';

export type Thinned = {
  readonly activities: readonly ChainActivity[];
  readonly transitions: readonly ChainTransition[];
  readonly shares: Shares;
};
/** Percent of the activities and of the transitions among them, 0 to 100. */
export type Shares = { readonly activities: number; readonly transitions: number };

/** What a person can take in at once; larger chains start thinned. */
const comfortable = { activities: 30, transitions: 48, transitionsEach: 2.2, fewTransitions: 14 };

/** The shares that a chain of this size starts with. */
export function startingShares(chain: ChainGraph): Shares {
  const { activities, transitions } = chain;
  const share = (most: number, all: number) =>
    Math.max(1, Math.min(100, Math.round((100 * most) / Math.max(1, all))));
  const activityShare = share(comfortable.activities, activities.length);
  const kept = keptActivities(chain, activityShare);
  const among = transitions.filter((one) => kept.has(one.from) && kept.has(one.to)).length;
  const readable = Math.max(
    comfortable.fewTransitions,
    Math.min(comfortable.transitions, Math.round(kept.size * comfortable.transitionsEach)),
  );
  // A few more than comfortable are better than a hint that something is hidden.
  return { activities: activityShare, transitions: among <= 1.3 * readable ? 100 : share(readable, among) };
}

/**
 * Keeps the most frequent activities and transitions. Every kept activity stays connected: the strongest paths from the
 * starts and to the ends are kept whole, where it must be through activities that would be too rare on their own.
 * Cost: transitions × log(transitions) + activities².
 */
export function thin(chain: ChainGraph, shares: Shares): Thinned {
  if (shares.activities >= 100 && shares.transitions >= 100) {
    return { activities: chain.activities, transitions: chain.transitions, shares };
  }
  const kept = keptActivities(chain, shares.activities);
  const paths = strongestPaths(chain, kept);
  for (const path of paths) {
    kept.add(path.from);
    kept.add(path.to);
  }
  const spine = new Set(paths);
  const among = chain.transitions.filter((one) => kept.has(one.from) && kept.has(one.to));
  const wanted = Math.ceil((among.length * shares.transitions) / 100);
  const rest = among.filter((one) => !spine.has(one)).sort((a, b) => b.count - a.count);
  const chosen = new Set([...spine, ...rest.slice(0, Math.max(0, wanted - spine.size))]);
  return {
    activities: chain.activities.filter((one) => kept.has(one.activity)),
    transitions: chain.transitions.filter((one) => chosen.has(one)),
    shares,
  };
}

function keptActivities(chain: Pick<ChainGraph, 'activities'>, share: number): Set<string> {
  const amount = Math.max(1, Math.ceil((chain.activities.length * share) / 100));
  const byCount = [...chain.activities].sort(
    (a, b) => b.count - a.count || a.activity.localeCompare(b.activity),
  );
  return new Set(byCount.slice(0, amount).map((one) => one.activity));
}

function strongestPaths(chain: ChainGraph, kept: ReadonlySet<string>): ChainTransition[] {
  const starts = chain.activities.filter((one) => one.starts > 0).map((one) => one.activity);
  const ends = chain.activities.filter((one) => one.ends > 0).map((one) => one.activity);
  const forward = widestTree(chain.transitions, starts, kept, (one) => [one.from, one.to]);
  const backward = widestTree(chain.transitions, ends, kept, (one) => [one.to, one.from]);
  const paths = new Set<ChainTransition>();
  const waiting = [...kept];
  const seen = new Set(waiting);
  // What a path leads through is drawn as well, so it too needs a way from a start and to an end.
  for (let activity = waiting.pop(); activity !== undefined; activity = waiting.pop()) {
    const [before, after] = [forward.get(activity), backward.get(activity)];
    if (before) paths.add(before);
    if (after) paths.add(after);
    for (const next of [before?.from, after?.to]) {
      if (next === undefined || seen.has(next)) continue;
      seen.add(next);
      waiting.push(next);
    }
  }
  return [...paths];
}

/**
 * For every activity that can be reached from the roots, the last transition of a path whose weakest is strong (Prim).
 * What is kept anyway is reached by what is kept, as far as it goes.
 */
function widestTree(
  transitions: readonly ChainTransition[],
  roots: readonly string[],
  kept: ReadonlySet<string>,
  ends: (one: ChainTransition) => readonly [string, string],
): Map<string, ChainTransition> {
  const leaving = new Map<string, ChainTransition[]>();
  for (const one of transitions) {
    const [from] = ends(one);
    leaving.set(from, [...(leaving.get(from) ?? []), one]);
  }
  const reached = new Set(roots);
  const tree = new Map<string, ChainTransition>();
  let frontier = roots.flatMap((root) => leaving.get(root) ?? []);
  while (frontier.length > 0) {
    const isKept = (one: ChainTransition) => kept.has(ends(one)[1]);
    const isBetter = (one: ChainTransition, than: ChainTransition) =>
      isKept(one) === isKept(than) ? one.count > than.count : isKept(one);
    const strongest = frontier.reduce((best, one) => (isBetter(one, best) ? one : best));
    const [, to] = ends(strongest);
    reached.add(to);
    if (!roots.includes(to)) tree.set(to, strongest);
    frontier = [...frontier, ...(leaving.get(to) ?? [])].filter((one) => !reached.has(ends(one)[1]));
  }
  return tree;
}
