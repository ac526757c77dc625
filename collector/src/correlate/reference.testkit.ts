import { type FlowDefinition, UNASSIGNED, undeclaredFlow } from '../config/flow.ts';
import type { NormalisedEvent } from '../event/event.ts';
import { instanceId } from './identity.ts';
import type { MembershipRule } from './model.ts';

/**
 * Correlation said plainly: from all events at once, without state, without order, without regard to cost. It is written from the
 * rules in the docstring of `assignTrace` and in docs/architecture.md, and is what the correlator has to agree with.
 */
export type ReferenceInstance = {
  readonly instance: string;
  readonly flow: string;
  readonly scope: string;
  /** `keyType:value`; for a trace without keys `trace:ID`. */
  readonly keys: readonly string[];
  readonly members: readonly { readonly event: NormalisedEvent; readonly rule: MembershipRule }[];
};

const LINKS_MAX = 128;

/** The flows with those that imports declare. */
export function allFlows(
  events: readonly NormalisedEvent[],
  flows: ReadonlyMap<string, FlowDefinition>,
): Map<string, FlowDefinition> {
  const all = new Map(flows);
  for (const { declaredFlow: flow } of events)
    if (flow !== '' && !all.has(flow)) all.set(flow, { ...undeclaredFlow(flow), keyTypes: new Set() });
  return all;
}

/** Same scope and span, or (without a trace) same scope and id: the same event. */
export function identityOf(event: NormalisedEvent): string {
  return event.trace === undefined
    ? `${event.scope} ${event.id}`
    : `${event.scope} ${event.trace.traceId}:${event.trace.spanId}`;
}

export function referenceInstances(
  given: readonly NormalisedEvent[],
  configured: ReadonlyMap<string, FlowDefinition>,
): ReferenceInstance[] {
  const events = [...new Map(given.map((event) => [identityOf(event), event])).values()];
  const instances: ReferenceInstance[] = [];
  const assigned = new Set<NormalisedEvent>();
  for (const flow of allFlows(events, configured).values()) {
    const world = new World(events, flow);
    for (const component of new Set(world.components.values())) {
      const members: { event: NormalisedEvent; rule: MembershipRule }[] = [];
      for (const event of events) {
        const { components, rule } = world.membership(event);
        if (!components.has(component)) continue;
        members.push({ event, rule });
        assigned.add(event);
      }
      const owner = members.find((member) => member.rule === 'key')?.event;
      if (owner === undefined) throw new Error('a component has a keyed event');
      const keys = [...component].sort();
      const instance = instanceId(owner.scope, flow.flow, keys[0] ?? '');
      instances.push({ instance, flow: flow.flow, scope: owner.scope, keys, members });
    }
  }
  return [...instances, ...unassignedTraces(events.filter((event) => !assigned.has(event)))];
}

function unassignedTraces(events: readonly NormalisedEvent[]): ReferenceInstance[] {
  const traces = new Map<string, NormalisedEvent[]>();
  for (const event of events) {
    if (event.trace === undefined) continue;
    const trace = `${event.scope}|${event.trace.traceId}`;
    traces.set(trace, [...(traces.get(trace) ?? []), event]);
  }
  return [...traces.values()].map((members) => {
    const scope = members[0]?.scope ?? '';
    const key = `trace:${members[0]?.trace?.traceId}`;
    return {
      instance: instanceId(scope, UNASSIGNED, key),
      flow: UNASSIGNED,
      scope,
      keys: [key],
      members: members.map((event) => ({ event, rule: 'trace' })),
    };
  });
}

/** `keyType:value` of the flow. What an import declares counts for its own rows: the key named like the flow. */
function keysOf(event: NormalisedEvent, { flow, keyTypes }: FlowDefinition): string[] {
  return Object.entries(event.keys)
    .filter(([type]) => keyTypes.has(type) || (type === flow && event.declaredFlow === flow))
    .flatMap(([type, values]) => values.map((value) => `${type}:${value}`));
}

type Component = ReadonlySet<string>;
type Answer = { readonly components: ReadonlySet<Component>; readonly rule: MembershipRule };
const NOWHERE: Answer = { components: new Set(), rule: 'trace' };

class World {
  /** Keyed event → the keys of its component, one set for each component. */
  readonly components: ReadonlyMap<NormalisedEvent, Component>;
  readonly #events: readonly NormalisedEvent[];

  constructor(events: readonly NormalisedEvent[], flow: FlowDefinition) {
    this.#events = events;
    this.components = componentsOf(events, flow);
  }

  membership(event: NormalisedEvent): Answer {
    return this.#upwards(event) ?? this.#downwards(event) ?? this.#onlyOne(event) ?? NOWHERE;
  }

  /** Rules 1 and 2. */
  #upwards(event: NormalisedEvent): Answer | undefined {
    for (const at of this.#pathUp(event)) {
      const own = this.components.get(at);
      if (own !== undefined) return { components: new Set([own]), rule: at === event ? 'key' : 'ancestor' };
      const linked = this.#linkedBy(at);
      if (linked.size > 0) return { components: linked, rule: at === event ? 'link' : 'ancestor' };
    }
    return undefined;
  }

  #linkedBy(event: NormalisedEvent): Set<Component> {
    const found = new Set<Component>();
    for (const link of event.trace?.links.slice(0, LINKS_MAX) ?? []) {
      const target = this.#span(event.scope, link.traceId, link.spanId);
      if (target === undefined) continue;
      const keyed = this.#pathUp(target).find((at) => this.components.has(at));
      const component = keyed && this.components.get(keyed);
      if (component !== undefined) found.add(component);
    }
    return found;
  }

  /** Rule 3. */
  #downwards(event: NormalisedEvent): Answer | undefined {
    const below = this.#keyedOfTrace(event)
      .map((keyed) => ({ keyed, distance: this.#pathUp(keyed).indexOf(event) }))
      .filter(({ distance }) => distance > 0)
      .sort(
        (a, b) =>
          a.distance - b.distance ||
          a.keyed.timeUs - b.keyed.timeUs ||
          a.keyed.timeNs - b.keyed.timeNs ||
          (a.keyed.id < b.keyed.id ? -1 : 1),
      )[0];
    const component = below && this.components.get(below.keyed);
    return component && { components: new Set([component]), rule: 'descendant' };
  }

  /** Rule 4. */
  #onlyOne(event: NormalisedEvent): Answer | undefined {
    const components = new Set<Component>();
    for (const keyed of this.#keyedOfTrace(event)) components.add(this.components.get(keyed) ?? new Set());
    return components.size === 1 ? { components, rule: 'only' } : undefined;
  }

  #keyedOfTrace(event: NormalisedEvent): NormalisedEvent[] {
    return this.#events.filter(
      (other) =>
        event.trace !== undefined &&
        other.scope === event.scope &&
        other.trace?.traceId === event.trace.traceId &&
        this.components.has(other),
    );
  }

  /** The event, its parent, the parent's parent … as far as they are there. */
  #pathUp(event: NormalisedEvent): NormalisedEvent[] {
    const path: NormalisedEvent[] = [];
    let at: NormalisedEvent | undefined = event;
    while (at !== undefined && !path.includes(at)) {
      path.push(at);
      at = at.trace && this.#span(at.scope, at.trace.traceId, at.trace.parentSpanId);
    }
    return path;
  }

  #span(scope: string, traceId: string, spanId: string): NormalisedEvent | undefined {
    return this.#events.find(
      ({ scope: other, trace }) => other === scope && trace?.traceId === traceId && trace.spanId === spanId,
    );
  }
}

/** Events that share a key, directly or over others, in one scope. */
function componentsOf(
  events: readonly NormalisedEvent[],
  flow: FlowDefinition,
): Map<NormalisedEvent, Component> {
  const components = new Map<NormalisedEvent, Component>();
  for (const first of events) {
    if (components.has(first) || keysOf(first, flow).length === 0) continue;
    const keys = new Set(keysOf(first, flow));
    const joined = new Set([first]);
    for (let before = -1; before < joined.size; ) {
      before = joined.size;
      for (const event of events) {
        const own = keysOf(event, flow);
        if (joined.has(event) || event.scope !== first.scope || !own.some((key) => keys.has(key))) continue;
        joined.add(event);
        for (const key of own) keys.add(key);
      }
      if (before === joined.size) break;
    }
    for (const event of joined) components.set(event, keys);
  }
  return components;
}
