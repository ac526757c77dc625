import type { SpanReference } from '../event/event.ts';
import type { Assignment, CorrelatedEvent, Membership, Trace } from './model.ts';

/** What assignment needs to look up; all of it is loaded before. */
export type AssignmentContext = {
  /** The trace, where it was seen. */
  trace(key: string): Trace | undefined;
  /** The component that now stands for this number. */
  resolve(no: number): number;
  traceKey(scope: string, traceId: string): string;
};

/** As many as the OpenTelemetry SDKs keep on a span. */
const MAX_LINKS = 128;

/**
 * Which instances each event of a trace is in, per flow. Key edges join (done before); trace and link edges only bring events
 * that carry no key of the flow to one that does. In this order, the first that answers:
 *
 * 1. the event's own keys;
 * 2. its nearest causal ancestor that knows: up from the event itself by parent spans, the first span that is keyed, or that links
 *    to spans which are keyed themselves or have a keyed ancestor in their trace. A span that links several instances is shared
 *    by all of them;
 * 3. its nearest keyed descendant (the earliest of the nearest);
 * 4. the only instance of the trace, where spans between are missing.
 *
 * A function of the events alone: the order of arrival has no say in it. Cost: the spans of the trace, times flows.
 */
export function assignTrace(trace: Trace, context: AssignmentContext): Assignment {
  const flows = new Set<string>();
  const linked = new Set<string>();
  for (const event of trace.events.values()) {
    for (const flow in event.homes) flows.add(flow);
    for (const link of linksOf(event)) linked.add(context.traceKey(event.scope, link.traceId));
  }
  for (const key of linked)
    for (const event of context.trace(key)?.events.values() ?? [])
      for (const flow in event.homes) flows.add(flow);
  const assignment = new Map<string, ReadonlyMap<string, Membership>>();
  for (const flow of flows) assignment.set(flow, assignFlow(trace, flow, context));
  return assignment;
}

function linksOf(event: CorrelatedEvent): readonly SpanReference[] {
  const links = event.trace?.links ?? [];
  return links.length > MAX_LINKS ? links.slice(0, MAX_LINKS) : links;
}

function assignFlow(trace: Trace, flow: string, context: AssignmentContext): Map<string, Membership> {
  const members = new Map<string, Membership>();
  const instances = new Set<number>();
  for (const [spanId, event] of trace.events) {
    const home = event.homes[flow];
    if (home === undefined) continue;
    const no = context.resolve(home);
    instances.add(no);
    members.set(spanId, { instances: [no], rule: 'key' });
  }
  if (members.size === trace.events.size) return members;
  const inherited = new Map<string, Membership | undefined>();
  const descendants = instances.size > 0 ? nearestKeyedDescendants(trace, members) : undefined;
  const only = instances.size === 1 ? [...instances] : undefined;
  const found: [string, Membership][] = [];
  for (const [spanId, event] of trace.events) {
    if (members.has(spanId)) continue;
    const membership =
      inherit(event, trace, flow, members, inherited, context) ??
      descendants?.get(spanId) ??
      (only && { instances: only, rule: 'only' as const });
    if (membership !== undefined) found.push([spanId, membership]);
  }
  for (const [spanId, membership] of found) members.set(spanId, membership);
  return members;
}

/** Rule 2: up from the event itself, the first span that is keyed or whose links answer. Remembers what it finds on the way. */
function inherit(
  event: CorrelatedEvent,
  trace: Trace,
  flow: string,
  keyed: ReadonlyMap<string, Membership>,
  known: Map<string, Membership | undefined>,
  context: AssignmentContext,
): Membership | undefined {
  const path: string[] = [];
  const onPath = new Set<string>();
  let at: CorrelatedEvent | undefined = event;
  let found: Membership | undefined;
  while (at !== undefined) {
    const spanId: string = at.trace?.spanId ?? '';
    if (onPath.has(spanId)) break;
    const own: Membership | undefined = keyed.get(spanId);
    if (own !== undefined) found = { instances: own.instances, rule: 'ancestor' };
    else if (known.has(spanId)) found = known.get(spanId);
    else found = byLinks(at, flow, context);
    if (found !== undefined || known.has(spanId)) break;
    onPath.add(spanId);
    path.push(spanId);
    at = trace.events.get(at.trace?.parentSpanId ?? '');
  }
  const ownId = event.trace?.spanId ?? '';
  const below: Membership | undefined = found && { instances: found.instances, rule: 'ancestor' };
  if (at !== undefined && !onPath.has(at.trace?.spanId ?? '')) known.set(at.trace?.spanId ?? '', found);
  for (const spanId of path) known.set(spanId, below);
  return at?.trace?.spanId === ownId ? found : below;
}

function byLinks(event: CorrelatedEvent, flow: string, context: AssignmentContext): Membership | undefined {
  const instances = new Set<number>();
  for (const link of linksOf(event)) {
    const linked = context.trace(context.traceKey(event.scope, link.traceId));
    const seen = new Set<string>();
    let at = linked?.events.get(link.spanId);
    while (at !== undefined && !seen.has(at.trace?.spanId ?? '')) {
      const home = at.homes[flow];
      if (home !== undefined) {
        instances.add(context.resolve(home));
        break;
      }
      seen.add(at.trace?.spanId ?? '');
      at = linked?.events.get(at.trace?.parentSpanId ?? '');
    }
  }
  if (instances.size === 0) return undefined;
  return { instances: [...instances].sort((a, b) => a - b), rule: 'link' };
}

/** For every ancestor of a keyed span: the nearest keyed span below it; of equally near ones the earliest, then the smallest id. */
function nearestKeyedDescendants(
  trace: Trace,
  keyed: ReadonlyMap<string, Membership>,
): Map<string, Membership> {
  const best = new Map<string, { distance: number; event: CorrelatedEvent }>();
  for (const spanId of keyed.keys()) {
    const event = trace.events.get(spanId);
    let distance = 1;
    let at = event === undefined ? undefined : trace.events.get(event.trace?.parentSpanId ?? '');
    while (event !== undefined && at !== undefined && distance <= trace.events.size) {
      const id: string = at.trace?.spanId ?? '';
      if (keyed.has(id)) break;
      const current = best.get(id);
      if (current !== undefined && !nearer(distance, event, current)) break;
      best.set(id, { distance, event });
      distance++;
      at = trace.events.get(at.trace?.parentSpanId ?? '');
    }
  }
  const result = new Map<string, Membership>();
  for (const [spanId, { event }] of best) {
    const membership = keyed.get(event.trace?.spanId ?? '');
    if (membership !== undefined) result.set(spanId, { instances: membership.instances, rule: 'descendant' });
  }
  return result;
}

function nearer(
  distance: number,
  event: CorrelatedEvent,
  current: { readonly distance: number; readonly event: CorrelatedEvent },
): boolean {
  if (distance !== current.distance) return distance < current.distance;
  if (event.timeUs !== current.event.timeUs) return event.timeUs < current.event.timeUs;
  if (event.timeNs !== current.event.timeNs) return event.timeNs < current.event.timeNs;
  return event.id < current.event.id;
}
