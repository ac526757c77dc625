import { causesFirst } from './causes-first.ts';
import { type CorrelatedEvent, causeKeys, spanKey } from './model.ts';

type Ordered = Pick<CorrelatedEvent, 'timeUs' | 'timeNs' | 'source' | 'sequence' | 'id' | 'trace'>;

function byClock(a: Ordered, b: Ordered): number {
  return a.timeUs - b.timeUs || a.timeNs - b.timeNs;
}

function bySource(a: Ordered, b: Ordered): number {
  if (a.source !== b.source) return a.source < b.source ? -1 : 1;
  if (a.sequence !== b.sequence) return a.sequence - b.sequence;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/**
 * The order of an instance: time, then (among events of the same nanosecond) causes before effects, then source, sequence and
 * id. Total, and the same whatever order the events are given in.
 */
export function sortEvents<E extends Ordered>(events: readonly E[]): E[] {
  const sorted = [...events].sort((a, b) => byClock(a, b) || bySource(a, b));
  for (let from = 0; from < sorted.length; ) {
    let to = from + 1;
    const first = sorted[from];
    while (first !== undefined && to < sorted.length && byClock(first, sorted[to] as E) === 0) to++;
    if (to - from > 1) {
      let at = from;
      for (const event of instantInOrder(sorted.slice(from, to))) sorted[at++] = event;
    }
    from = to;
  }
  return sorted;
}

/** Within one instant: parents and linked spans before those that name them, otherwise as they stand. */
function instantInOrder<E extends Ordered>(group: readonly E[]): readonly E[] {
  const bySpan = new Map<string, E>();
  for (const event of group) if (event.trace) bySpan.set(spanKey(event.trace), event);
  if (bySpan.size < 2) return group;
  return causesFirst(group, (event) => causeKeys(event).flatMap((key) => bySpan.get(key) ?? []));
}
