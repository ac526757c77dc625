import type { CorrelatedEvent } from './model.ts';

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
    if (to - from > 1) causesFirst(sorted, from, to);
    from = to;
  }
  return sorted;
}

/** Within one instant: parents before children, otherwise as they stand. */
function causesFirst<E extends Ordered>(sorted: E[], from: number, to: number): void {
  const group = sorted.slice(from, to);
  const bySpan = new Map<string, E>();
  for (const event of group)
    if (event.trace) bySpan.set(`${event.trace.traceId}:${event.trace.spanId}`, event);
  if (bySpan.size < 2) return;
  const placed = new Set<E>();
  let at = from;
  const place = (event: E): void => {
    const chain: E[] = [];
    let next: E | undefined = event;
    while (next !== undefined && !placed.has(next) && !chain.includes(next)) {
      chain.push(next);
      next = next.trace && bySpan.get(`${next.trace.traceId}:${next.trace.parentSpanId}`);
    }
    for (const link of chain.reverse()) {
      placed.add(link);
      sorted[at++] = link;
    }
  };
  for (const event of group) place(event);
}
