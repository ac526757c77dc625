import type { ChainActivity, ChainTransition } from 'throughline/schema';

/** The chain as a picture has it: activities, the start and the end, and gateways where branches run in parallel. */
export type MapNode =
  | { readonly kind: 'activity'; readonly id: string; readonly activity: ChainActivity }
  | { readonly kind: 'start' | 'end'; readonly id: string; readonly count: number }
  | { readonly kind: 'fork' | 'join'; readonly id: string; readonly beside: string };

export type MapEdge = {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly count: number;
  /** The observed transition; absent on what only the picture has: to and from the markers and gateways. */
  readonly transition?: ChainTransition;
  /** Drawn as one flow with what it leads to: between an activity and its gateway, or from start and to end. */
  readonly kind: 'transition' | 'gateway' | 'start' | 'end';
};

/** The part of a chain that is drawn. */
export type ChainGraph = {
  readonly instances: number;
  readonly activities: readonly ChainActivity[];
  readonly transitions: readonly ChainTransition[];
};

export type MapGraph = { readonly nodes: readonly MapNode[]; readonly edges: readonly MapEdge[] };

export const activityId = (activity: string): string => `a:${activity}`;
export const transitionId = (from: string, to: string): string => `t:${from}>${to}`;

/** From this share of a step's count on, two incoming transitions must overlap in most instances: both are awaited. */
const joinShare = 0.75;
/** Starts and ends rarer than this share of the instances are not drawn, unless nothing else would be. */
const markerShare = 0.01;

/** Cost: linear in activities and transitions. */
export function graphOf(chain: ChainGraph): MapGraph {
  const forks = forksOf(chain.transitions);
  const joins = joinsOf(chain);
  const nodes: MapNode[] = chain.activities.map((activity) => ({
    kind: 'activity',
    id: activityId(activity.activity),
    activity,
  }));
  for (const from of forks.keys()) nodes.push({ kind: 'fork', id: `fork:${from}`, beside: from });
  for (const to of joins.keys()) nodes.push({ kind: 'join', id: `join:${to}`, beside: to });
  const edges: MapEdge[] = chain.transitions.map((transition) => ({
    kind: 'transition',
    id: transitionId(transition.from, transition.to),
    from: forks.get(transition.from)?.has(transition.to)
      ? `fork:${transition.from}`
      : activityId(transition.from),
    to: joins.get(transition.to)?.has(transition.from) ? `join:${transition.to}` : activityId(transition.to),
    count: transition.count,
    transition,
  }));
  const counts = new Map(chain.activities.map((one) => [one.activity, one.count]));
  for (const [from, branches] of forks) {
    const count = Math.min(
      counts.get(from) ?? 0,
      mostOf(chain.transitions, (one) => one.from === from && branches.has(one.to)),
    );
    edges.push({ kind: 'gateway', id: `g:${from}>fork`, from: activityId(from), to: `fork:${from}`, count });
  }
  for (const to of joins.keys()) {
    edges.push({
      kind: 'gateway',
      id: `g:join>${to}`,
      from: `join:${to}`,
      to: activityId(to),
      count: counts.get(to) ?? 0,
    });
  }
  return withMarkers(chain, nodes, edges);
}

const mostOf = (transitions: readonly ChainTransition[], where: (one: ChainTransition) => boolean): number =>
  transitions.reduce((most, one) => (where(one) ? Math.max(most, one.count) : most), 0);

/** Activities after which at least two branches run beside each other, with those branches. */
function forksOf(transitions: readonly ChainTransition[]): Map<string, Set<string>> {
  const forks = new Map<string, Set<string>>();
  for (const { from, to, parallel } of transitions) {
    if (!parallel || from === to) continue;
    forks.set(from, (forks.get(from) ?? new Set()).add(to));
  }
  for (const [from, branches] of forks) if (branches.size < 2) forks.delete(from);
  return forks;
}

/**
 * Activities that wait for several others. A step has one count but a transition for each cause, so transitions of which
 * each makes up three quarters of the step's count were causes of the same steps.
 */
function joinsOf(chain: ChainGraph): Map<string, Set<string>> {
  const joins = new Map<string, Set<string>>();
  const counts = new Map(chain.activities.map((one) => [one.activity, one.count]));
  for (const { from, to, count } of chain.transitions) {
    if (from === to || count < (counts.get(to) ?? 0) * joinShare) continue;
    joins.set(to, (joins.get(to) ?? new Set()).add(from));
  }
  for (const [to, causes] of joins) if (causes.size < 2) joins.delete(to);
  return joins;
}

function withMarkers(chain: ChainGraph, nodes: readonly MapNode[], edges: readonly MapEdge[]): MapGraph {
  const marked = (figure: 'starts' | 'ends') => {
    const all = chain.activities.filter((one) => one[figure] > 0).sort((a, b) => b[figure] - a[figure]);
    const frequent = all.filter((one) => one[figure] >= chain.instances * markerShare);
    return frequent.length > 0 ? frequent : all.slice(0, 1);
  };
  const [starts, ends] = [marked('starts'), marked('ends')];
  const sum = (figure: 'starts' | 'ends') => chain.activities.reduce((total, one) => total + one[figure], 0);
  return {
    nodes: [
      ...(starts.length > 0 ? [{ kind: 'start', id: 'start', count: sum('starts') } as const] : []),
      ...nodes,
      ...(ends.length > 0 ? [{ kind: 'end', id: 'end', count: sum('ends') } as const] : []),
    ],
    edges: [
      ...starts.map(({ activity, starts: count }) => ({
        kind: 'start' as const,
        id: `s:${activity}`,
        from: 'start',
        to: activityId(activity),
        count,
      })),
      ...edges,
      ...ends.map(({ activity, ends: count }) => ({
        kind: 'end' as const,
        id: `e:${activity}`,
        from: activityId(activity),
        to: 'end',
        count,
      })),
    ],
  };
}

/** Equal for graphs that may keep the same layout: figures may differ, nodes and edges may not. */
export function structureOf(graph: MapGraph): string {
  const nodes = graph.nodes.map((node) => node.id).sort();
  const edges = graph.edges.map((edge) => `${edge.from}\u0000${edge.to}`).sort();
  return [...nodes, ...edges].join('\u0001');
}
