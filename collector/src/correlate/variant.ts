import { createHash } from 'node:crypto';
import type { Cause } from './causes.ts';

/** A way through a flow: `variant` is equal exactly where the way is. */
export type Variant = { readonly variant: string; readonly activities: readonly string[] };

/** By the clock: the activities in their order. */
export function temporalVariant(activities: readonly string[]): Variant {
  return { variant: digest(`t\0${activities.join('\0')}`), activities };
}

/**
 * By causes: a partial order, so that the interleaving of parallel branches makes no difference. Every step is named by its
 * activity and the names of its causes; the variant is the multiset of those names. (Two orders that differ only in whether equal
 * histories are one step or two have the same name.) The activities stand in the order of depth, then name.
 */
export function causalVariant(activities: readonly string[], causes: readonly (readonly Cause[])[]): Variant {
  const names: (string | undefined)[] = [];
  const depths: number[] = [];
  const visit = (place: number, open: ReadonlySet<number>): string => {
    const known = names[place];
    if (known !== undefined) return known;
    const within = new Set(open).add(place);
    const above = (causes[place] ?? []).filter((cause) => !within.has(cause.step));
    const parents = above.map((cause) => visit(cause.step, within)).sort();
    depths[place] = 1 + Math.max(-1, ...above.map((cause) => depths[cause.step] ?? 0));
    const name = digest(`${activities[place] ?? ''}\0${parents.join('\0')}`);
    names[place] = name;
    return name;
  };
  const order = activities.map((activity, place) => {
    const name = visit(place, new Set());
    return { activity, name, depth: depths[place] ?? 0 };
  });
  order.sort((a, b) => a.depth - b.depth || compare(a.activity, b.activity) || compare(a.name, b.name));
  return {
    variant: digest(`c\0${order.map((step) => step.name).join('\0')}`),
    activities: order.map((step) => step.activity),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
