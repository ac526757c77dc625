import { createHash } from 'node:crypto';
import type { Cause } from './causes.ts';
import { causesFirst } from './causes-first.ts';

/** A way through a flow: `variant` is equal exactly where the way is. */
export type Variant = { readonly variant: string; readonly activities: readonly string[] };

/** By the clock: the activities in their order. */
export function temporalVariant(activities: readonly string[]): Variant {
  const way = activities.join('\0');
  const known = recent.get(way);
  if (known !== undefined) return { variant: known, activities };
  const variant = digest(`t\0${way}`);
  if (recent.size >= RECENT_MAX) recent.clear();
  if (way.length <= RECENT_LENGTH_MAX) recent.set(way, variant);
  return { variant, activities };
}

/** Most instances go a way that another went shortly before. */
const recent = new Map<string, string>();
const RECENT_MAX = 1000;
const RECENT_LENGTH_MAX = 2000;

type NamedStep = { readonly activity: string; readonly depth: number; readonly name: string };

/**
 * By causes: a partial order, so that the interleaving of parallel branches makes no difference. Every step is named by its
 * activity and the names of its causes; the variant is the multiset of those names. (Two orders that differ only in whether equal
 * histories are one step or two have the same name.) The activities stand in the order of depth, then name.
 */
export function causalVariant(activities: readonly string[], causes: readonly (readonly Cause[])[]): Variant {
  const places = activities.map((_, place) => place);
  const named: (NamedStep | undefined)[] = activities.map(() => undefined);
  for (const place of causesFirst(places, (each) => causes[each]?.map((cause) => cause.step) ?? [])) {
    const activity = activities[place] ?? '';
    const above = (causes[place] ?? []).flatMap((cause) => named[cause.step] ?? []);
    const parents = above.map((step) => step.name).sort();
    const depth = above.reduce((deepest, step) => Math.max(deepest, step.depth + 1), 0);
    named[place] = { activity, depth, name: digest(`${activity}\0${parents.join('\0')}`) };
  }
  const order = named.filter((step) => step !== undefined);
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
