import { type FlowDefinition, UNASSIGNED, undeclaredFlow } from '../config/flow.ts';
import type { NormalisedEvent } from '../event/event.ts';
import { assignTrace } from './assignment.ts';
import { instanceId, smallestKey } from './identity.ts';
import { assembleInstance, type InstanceDocument, type Membered } from './instance.ts';
import { type Component, type CorrelatedEvent, keyNode, type Trace, traceKey } from './model.ts';
import type { WorkingSet } from './working-set.ts';

/** What one batch changed: whole documents, and the numbers of instances that are no more. */
export type InstanceChanges = {
  readonly instances: readonly InstanceDocument[];
  /** Numbers whose rows are to be removed: instances that merged, traces that found their instance. */
  readonly removed: readonly number[];
  /** Numbers that the store may hold already, to be replaced. */
  readonly replaced: ReadonlySet<number>;
};

/**
 * Joins events into process instances by business key and by trace: the single writer of one partition.
 *
 * Use per batch: `prepare` (loads), `add` for each event in log order, `takeChanges`. Instances are a function of the events alone
 * (docs/adr/0003-correlation.md); numbers are a function of the log.
 */
export class Correlator {
  readonly #working: WorkingSet;
  readonly #flows: Map<string, FlowDefinition>;
  readonly #flowsOfKeyType = new Map<string, FlowDefinition[]>();
  readonly #dirtyTraces = new Set<Trace>();
  readonly #dirtyComponents = new Set<Component>();
  #removed: number[] = [];
  nextInstanceNo = 1;
  nextEventNo = 1;
  duplicates = 0;
  /** While a log is replayed: the store may hold rows of instances that the state does not know as stored. */
  assumeStored = false;

  constructor(working: WorkingSet, flows: ReadonlyMap<string, FlowDefinition>) {
    this.#working = working;
    this.#flows = new Map(flows);
    for (const flow of flows.values()) this.#index(flow);
  }

  #index(flow: FlowDefinition): void {
    for (const keyType of flow.keyTypes) {
      const flows = this.#flowsOfKeyType.get(keyType);
      if (flows === undefined) this.#flowsOfKeyType.set(keyType, [flow]);
      else flows.push(flow);
    }
  }

  /** An import names its flow; one that nobody declared is made up from the name. */
  declareFlow(flow: string): FlowDefinition {
    const known = this.#flows.get(flow);
    if (known?.keyTypes.has(flow)) return known;
    const definition =
      known === undefined ? undeclaredFlow(flow) : { ...known, keyTypes: new Set([...known.keyTypes, flow]) };
    this.#flows.set(flow, definition);
    this.#flowsOfKeyType.clear();
    for (const each of this.#flows.values()) this.#index(each);
    return definition;
  }

  flows(): readonly FlowDefinition[] {
    return [...this.#flows.values()];
  }

  /** Loads what adding these events will look at. */
  async prepare(events: readonly NormalisedEvent[]): Promise<void> {
    const traces = new Set<string>();
    const nodes = new Set<string>();
    for (const event of events) {
      if (event.declaredFlow !== '') this.declareFlow(event.declaredFlow);
      if (event.trace) {
        traces.add(traceKey(event.scope, event.trace.traceId));
        if (isKeyless(event))
          for (const link of event.trace.links) traces.add(traceKey(event.scope, link.traceId));
      }
      for (const [flow, keys] of this.#keysByFlow(event)) {
        for (const key of keys) nodes.add(keyNode(flow, event.scope, key));
      }
    }
    await this.#working.loadTraces(traces);
    await this.#working.loadKeys(nodes);
  }

  /** @returns the event with its number, or undefined when it was seen before. */
  add(event: NormalisedEvent): CorrelatedEvent | undefined {
    const trace = event.trace && this.#trace(event.scope, event.trace.traceId);
    if (event.trace && trace?.events.has(event.trace.spanId)) {
      this.duplicates++;
      return undefined;
    }
    const homes: Record<string, number> = {};
    const correlated = correlatedOf(event, this.nextEventNo++, homes);
    for (const [flow, keys] of this.#keysByFlow(event)) {
      const component = this.#join(flow, event.scope, keys);
      homes[flow] = component.no;
      if (trace === undefined) component.own.push(correlated);
      else component.traces.add(trace.key);
      this.#touch(component);
    }
    if (trace !== undefined && event.trace !== undefined) {
      trace.events.set(event.trace.spanId, correlated);
      this.#touchTrace(trace);
      if (isKeyless(event)) this.#noteLinks(event, trace);
    }
    return correlated;
  }

  *#keysByFlow(event: NormalisedEvent): Generator<[flow: string, keys: string[]]> {
    const byFlow = new Map<string, string[]>();
    for (const keyType in event.keys) {
      for (const flow of this.#flowsOfKeyType.get(keyType) ?? []) {
        const keys = byFlow.get(flow.flow) ?? [];
        for (const value of event.keys[keyType] ?? []) keys.push(`${keyType}:${value}`);
        byFlow.set(flow.flow, keys);
      }
    }
    yield* byFlow;
  }

  #trace(scope: string, traceId: string): Trace {
    const key = traceKey(scope, traceId);
    let trace = this.#working.traces.get(key);
    if (trace === undefined) {
      trace = {
        key,
        scope,
        no: this.nextInstanceNo++,
        events: new Map(),
        linkedBy: new Set(),
        touching: new Set(),
        assignment: undefined,
        stored: false,
      };
      this.#working.touchTrace(trace);
    }
    return trace;
  }

  #noteLinks(event: NormalisedEvent, trace: Trace): void {
    for (const link of event.trace?.links ?? []) {
      const linked = this.#trace(event.scope, link.traceId);
      if (linked === trace || linked.linkedBy.has(trace.key)) continue;
      linked.linkedBy.add(trace.key);
      this.#working.touchTrace(linked);
    }
  }

  /** The component of all these keys; the components they were in become one. */
  #join(flow: string, scope: string, keys: readonly string[]): Component {
    let joined: Component | undefined;
    for (const key of keys) {
      const no = this.#working.keys.get(keyNode(flow, scope, key));
      if (no === undefined) continue;
      const component = this.#working.components.get(this.#working.resolve(no));
      if (component === undefined) throw new Error(`component ${no} of key '${key}' was not loaded`);
      if (joined === undefined) joined = component;
      else if (joined !== component) joined = this.#merge(joined, component);
    }
    joined ??= this.#newComponent(flow, scope);
    for (const key of keys) {
      if (joined.keys.has(key)) continue;
      joined.keys.add(key);
      this.#working.setKey(keyNode(flow, scope, key), joined.no);
    }
    return joined;
  }

  #newComponent(flow: string, scope: string): Component {
    return {
      no: this.nextInstanceNo++,
      flow,
      scope,
      keys: new Set(),
      traces: new Set(),
      own: [],
      merged: [],
      mergedInto: undefined,
      stored: false,
    };
  }

  /** The smaller one moves. */
  #merge(a: Component, b: Component): Component {
    const weight = (component: Component) =>
      component.own.length + component.traces.size + component.keys.size;
    const [into, from] = weight(b) > weight(a) || (weight(b) === weight(a) && b.no < a.no) ? [b, a] : [a, b];
    for (const key of from.keys) {
      into.keys.add(key);
      this.#working.setKey(keyNode(into.flow, into.scope, key), into.no);
    }
    for (const trace of from.traces) into.traces.add(trace);
    for (const event of from.own) into.own.push(event);
    into.merged.push(...from.merged);
    if (from.stored || this.assumeStored)
      into.merged.push(instanceId(from.scope, from.flow, smallestKey(from.keys)));
    from.mergedInto = into.no;
    from.keys.clear();
    from.traces.clear();
    from.own.length = 0;
    this.#removed.push(from.no);
    this.#dirtyComponents.delete(from);
    this.#working.touchComponent(from);
    this.#touch(into);
    return into;
  }

  #touch(component: Component): void {
    this.#dirtyComponents.add(component);
    this.#working.touchComponent(component);
  }

  #touchTrace(trace: Trace): void {
    trace.assignment = undefined;
    this.#dirtyTraces.add(trace);
    this.#working.touchTrace(trace);
  }

  /** How many instances wait to be assembled. */
  get pendingChanges(): number {
    return this.#dirtyComponents.size + this.#dirtyTraces.size;
  }

  /** Assembles every instance that changed since the last call. */
  async takeChanges(): Promise<InstanceChanges> {
    const working = this.#working;
    const traces = new Set([...this.#dirtyTraces].map((trace) => trace.key));
    for (const trace of this.#dirtyTraces) for (const key of trace.linkedBy) traces.add(key);
    await working.loadTraces(traces);
    for (const key of traces) this.#reassign(key);
    await this.#loadForAssignment(traces);
    const unassigned: Trace[] = [];
    for (const key of traces) {
      const trace = working.traces.get(key);
      if (trace === undefined) continue;
      this.#assign(trace);
      if (trace.events.size > 0) unassigned.push(trace);
    }
    await working.loadComponents([...this.#dirtyComponents].map((component) => component.no));
    const members = new Set<string>();
    for (const component of this.#dirtyComponents) for (const key of component.traces) members.add(key);
    await working.loadTraces(members);
    await this.#loadForAssignment(members);
    return this.#collect(unassigned);
  }

  #reassign(key: string): void {
    const trace = this.#working.traces.get(key);
    if (trace !== undefined) trace.assignment = undefined;
  }

  /** Everything that assigning these traces looks at: traces that they link to, components that any of their events named. */
  async #loadForAssignment(keys: Iterable<string>): Promise<void> {
    const linked = new Set<string>();
    const numbers = new Set<number>();
    const note = (trace: Trace | undefined): void => {
      for (const event of trace?.events.values() ?? [])
        for (const flow in event.homes) numbers.add(event.homes[flow] ?? 0);
    };
    for (const key of keys) {
      const trace = this.#working.traces.get(key);
      note(trace);
      for (const no of trace?.touching ?? []) numbers.add(no);
      for (const event of trace?.events.values() ?? []) {
        if (!isKeyless(event)) continue;
        for (const link of event.trace?.links ?? []) linked.add(traceKey(event.scope, link.traceId));
      }
    }
    await this.#working.loadTraces(linked);
    for (const key of linked) note(this.#working.traces.get(key));
    await this.#working.loadComponents(numbers);
  }

  #assignmentOf(trace: Trace) {
    trace.assignment ??= assignTrace(trace, {
      trace: (key) => this.#working.traces.get(key),
      resolve: (no) => this.#working.resolve(no),
      traceKey,
    });
    return trace.assignment;
  }

  /** Marks the instances that gained or lost events of this trace. */
  #assign(trace: Trace): void {
    const touching = new Set<number>();
    for (const members of this.#assignmentOf(trace).values()) {
      for (const membership of members.values()) {
        for (const no of membership.instances) touching.add(this.#working.resolve(no));
      }
    }
    for (const no of new Set([...touching, ...trace.touching])) {
      const component = this.#working.components.get(this.#working.resolve(no));
      if (component === undefined) continue;
      if (touching.has(component.no)) component.traces.add(trace.key);
      else component.traces.delete(trace.key);
      this.#touch(component);
    }
    trace.touching = touching;
  }

  #collect(traces: readonly Trace[]): InstanceChanges {
    const instances: InstanceDocument[] = [];
    const replaced = new Set<number>();
    for (const component of this.#dirtyComponents) {
      if (component.mergedInto !== undefined) continue;
      const membered = this.#membersOf(component);
      const flow = this.#flows.get(component.flow);
      if (component.stored || this.assumeStored) replaced.add(component.no);
      if (flow === undefined || membered.length === 0) continue;
      component.stored = true;
      const identity = {
        no: component.no,
        scope: component.scope,
        keys: [...component.keys],
        merged: component.merged,
        formerly: this.#formerTraces(component),
      };
      instances.push(assembleInstance(identity, membered, flow));
    }
    const unassigned = this.#flows.get(UNASSIGNED);
    for (const trace of traces) {
      const membered = this.#unassignedOf(trace);
      if (trace.stored || this.assumeStored) replaced.add(trace.no);
      if (unassigned === undefined || membered.length === 0) continue;
      trace.stored = true;
      const keys = [`trace:${traceIdOf(trace)}`];
      const identity = { no: trace.no, scope: trace.scope, keys, merged: [], formerly: [] };
      instances.push(assembleInstance(identity, membered, unassigned));
    }
    const removed = this.#removed;
    this.#removed = [];
    const present = new Set(instances.map((instance) => instance.no));
    for (const no of replaced) if (!present.has(no)) removed.push(no);
    this.#dirtyComponents.clear();
    this.#dirtyTraces.clear();
    return { instances, removed, replaced };
  }

  #membersOf(component: Component): Membered[] {
    const membered: Membered[] = component.own.map((event) => ({ event, rule: 'key' }));
    for (const key of component.traces) {
      const trace = this.#working.traces.get(key);
      const members = trace && this.#assignmentOf(trace).get(component.flow);
      if (trace === undefined || members === undefined) continue;
      for (const [spanId, membership] of members) {
        const event = trace.events.get(spanId);
        if (event === undefined) continue;
        if (!membership.instances.some((no) => this.#working.resolve(no) === component.no)) continue;
        membered.push({ event, rule: membership.rule });
      }
    }
    return membered;
  }

  /** Ids of traces that were instances of their own until their events found this one. */
  #formerTraces(component: Component): string[] {
    const ids: string[] = [];
    for (const key of component.traces) {
      const trace = this.#working.traces.get(key);
      if (!trace?.stored || this.#unassignedOf(trace).length > 0) continue;
      ids.push(instanceId(trace.scope, UNASSIGNED, `trace:${traceIdOf(trace)}`));
    }
    return ids;
  }

  /** The events of a trace that are in no instance of any flow. */
  #unassignedOf(trace: Trace): Membered[] {
    const assignment = [...this.#assignmentOf(trace).values()];
    const membered: Membered[] = [];
    for (const [spanId, event] of trace.events) {
      if (!assignment.some((members) => members.has(spanId))) membered.push({ event, rule: 'trace' });
    }
    return membered;
  }
}

/** Field by field: copying with a spread is several times slower here, and this runs for every event. */
function correlatedOf(event: NormalisedEvent, no: number, homes: Record<string, number>): CorrelatedEvent {
  return {
    no,
    id: event.id,
    scope: event.scope,
    source: event.source,
    type: event.type,
    kind: event.kind,
    timeUs: event.timeUs,
    timeNs: event.timeNs,
    durationUs: event.durationUs,
    service: event.service,
    status: event.status,
    error: event.error,
    trace: event.trace,
    message: event.message,
    keys: event.keys,
    sequence: event.sequence,
    declaredFlow: event.declaredFlow,
    homes,
  };
}

function traceIdOf(trace: Trace): string {
  return trace.key.slice(trace.scope.length + 1);
}

function isKeyless(event: { readonly keys: NormalisedEvent['keys'] }): boolean {
  for (const _ in event.keys) return false;
  return true;
}
