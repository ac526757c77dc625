import type { FlowDefinition } from '../config/flow.ts';
import type { NormalisedEvent, ProcessDefinition } from '../event/event.ts';
import type { Expiry } from '../event/expiry.ts';
import { Assigner } from './assigner.ts';
import { DefinitionKeeper } from './definition-keeper.ts';
import { Documents } from './documents.ts';
import { bareNode, Expirer } from './expirer.ts';
import { FlowKeys } from './flow-keys.ts';
import { instanceId, smallestKey } from './identity.ts';
import type { InstanceDocument } from './instance.ts';
import {
  type Component,
  type CorrelatedEvent,
  correlatedOf,
  keyNode,
  newComponent,
  newTrace,
  type Trace,
  traceKey,
} from './model.ts';
import { DEFAULT_PACING, Pacing, type PacingLimits } from './pacing.ts';
import type { FlowName, WorkingSet } from './working-set.ts';

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
 * (docs/adr/0003-correlation.md); numbers are a function of the log. An event that comes again is known by its span in its trace, by its
 * id in the instance of its keys, or, where it has neither, by its id alone.
 */
export class Correlator {
  readonly #working: WorkingSet;
  readonly #keys: FlowKeys;
  readonly #assigner: Assigner;
  readonly #dirtyTraces = new Set<Trace>();
  readonly #dirtyComponents = new Set<Component>();
  /** Traces that had events in two instances which are now one. */
  readonly #rejoined = new Set<string>();
  readonly #definitions: DefinitionKeeper;
  readonly #documents: Documents;
  readonly #expirer: Expirer;
  /** Large instances that changed but were not assembled yet. Numbers, since what waits may leave the working set. */
  readonly #postponed = new Set<number>();
  readonly #pacing: Pacing;
  readonly #ownIds = new OwnIds();
  #removed: number[] = [];
  nextInstanceNo = 1;
  nextEventNo = 1;
  duplicates = 0;
  /** What expired since the start: instances that the store may have shown, and events. */
  readonly expired = { instances: 0, events: 0 };
  /** While a log is replayed: the store may hold rows of instances that the state does not know of. Until the next changes. */
  assumeStored = false;

  constructor(
    working: WorkingSet,
    flows: ReadonlyMap<string, FlowDefinition>,
    pacing: PacingLimits = DEFAULT_PACING,
  ) {
    this.#working = working;
    this.#pacing = new Pacing(pacing);
    this.#keys = new FlowKeys(flows);
    this.#assigner = new Assigner(working);
    this.#definitions = new DefinitionKeeper(working);
    this.#expirer = new Expirer(working);
    this.#documents = new Documents(this.#keys, this.#assigner, this.#definitions);
  }

  /** An import names its flow; one that nobody declared is made up from the name. */
  declareFlow(flow: string): void {
    this.#keys.declare(flow);
  }

  flows(): readonly FlowDefinition[] {
    return this.#keys.all();
  }

  /** What flows that nobody configured are called; to be kept with a checkpoint. */
  get flowNames(): readonly FlowName[] {
    return this.#keys.names;
  }

  callFlow(name: FlowName): void {
    this.#keys.call(name);
  }

  /** A process that was deployed. What was assembled without it is assembled again. */
  define(definition: ProcessDefinition): void {
    if (!this.#definitions.define(definition)) return;
    this.#keys.call({ flow: definition.process, name: definition.name, version: definition.version });
  }

  /** Loads what adding these events will look at. */
  async prepare(events: readonly NormalisedEvent[]): Promise<void> {
    const traces = new Set<string>();
    const nodes = new Set<string>();
    const bare: string[] = [];
    for (const event of events) {
      if (event.declaredFlow !== '') this.declareFlow(event.declaredFlow);
      if (event.trace) {
        traces.add(traceKey(event.scope, event.trace.traceId));
        for (const link of event.trace.links) traces.add(traceKey(event.scope, link.traceId));
      }
      const byFlow = this.#keys.of(event);
      if (event.trace === undefined && byFlow.size === 0) bare.push(bareNode(event));
      for (const [flow, keys] of byFlow) {
        for (const key of keys) nodes.add(keyNode(flow, event.scope, key));
      }
    }
    await this.#working.loadTraces(traces);
    await this.#working.loadKeys(nodes);
    await this.#working.loadBare(bare);
  }

  /**
   * @param isNew what is known to be no repeat is not looked for.
   * @returns the event with its number, or undefined when it was seen before.
   */
  add(event: NormalisedEvent, isNew = false): CorrelatedEvent | undefined {
    const trace = event.trace && this.#trace(event.scope, event.trace.traceId);
    const byFlow = this.#keys.of(event);
    if (!isNew && this.#isKnown(event, trace, byFlow)) {
      this.duplicates++;
      return undefined;
    }
    const homes: Record<string, number> = {};
    const correlated = correlatedOf(event, this.nextEventNo++, homes);
    if (trace === undefined && byFlow.size === 0) this.#working.addBare(bareNode(event), correlated);
    for (const [flow, keys] of byFlow) {
      const component = this.#join(flow, event.scope, keys);
      homes[flow] = component.no;
      if (trace === undefined) component.own.push(correlated);
      else component.traces.add(trace.key);
      this.#touch(component);
    }
    if (trace !== undefined && event.trace !== undefined) {
      trace.events.set(event.trace.spanId, correlated);
      this.#dirtyTraces.add(trace);
      this.#working.touchTrace(trace);
      this.#noteLinks(event, trace);
    }
    return correlated;
  }

  #isKnown(
    event: NormalisedEvent,
    trace: Trace | undefined,
    byFlow: ReadonlyMap<string, readonly string[]>,
  ): boolean {
    if (event.trace !== undefined) return trace?.events.has(event.trace.spanId) ?? false;
    if (byFlow.size === 0) return this.#working.bare.has(bareNode(event));
    for (const [flow, keys] of byFlow) {
      for (const key of keys) {
        const no = this.#working.keys.get(keyNode(flow, event.scope, key));
        const component =
          no === undefined ? undefined : this.#working.components.get(this.#working.resolve(no));
        if (component !== undefined && this.#ownIds.has(component, event.id)) return true;
      }
    }
    return false;
  }

  #trace(scope: string, traceId: string): Trace {
    const key = traceKey(scope, traceId);
    let trace = this.#working.traces.get(key);
    if (trace === undefined) {
      trace = newTrace(this.nextInstanceNo++, scope, traceId);
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
    joined ??= newComponent(this.nextInstanceNo++, flow, scope);
    for (const key of keys) {
      if (joined.keys.has(key)) continue;
      joined.keys.add(key);
      this.#working.setKey(keyNode(flow, scope, key), joined.no);
    }
    return joined;
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
    for (const trace of from.traces) {
      if (into.traces.has(trace)) this.#rejoined.add(trace);
      else into.traces.add(trace);
    }
    for (const event of from.own) into.own.push(event);
    for (const id of from.merged) into.merged.push(id);
    if (from.stored || this.assumeStored)
      into.merged.push(instanceId(from.scope, from.flow, smallestKey(from.keys)));
    from.mergedInto = into.no;
    from.keys.clear();
    from.traces.clear();
    from.own.length = 0;
    this.#removed.push(from.no);
    // What moved has lost its rows: they must not wait.
    this.#pacing.forget(into.no);
    this.#dirtyComponents.delete(from);
    this.#working.touchComponent(from);
    this.#touch(into);
    return into;
  }

  #touch(component: Component): void {
    this.#dirtyComponents.add(component);
    this.#working.touchComponent(component);
  }

  /**
   * Forgets what is expired, in log order like an event: it takes an event number where it removes something, so that a replay knows
   * whether the store has it behind it. @returns the numbers of the events that are no more.
   */
  async expire(expiry: Expiry): Promise<readonly number[]> {
    // What an instance shares with others must not depend on when the last changes were taken.
    await this.#reassign();
    const removed = await this.#expirer.remove(expiry);
    for (const component of removed.components) {
      this.#dirtyComponents.delete(component);
      this.#pacing.forget(component.no);
    }
    for (const trace of removed.traces) {
      this.#dirtyTraces.delete(trace);
      this.#rejoined.delete(trace.key);
    }
    for (const no of removed.instances) {
      this.#postponed.delete(no);
      this.#removed.push(no);
    }
    if (removed.events.length > 0) this.nextEventNo++;
    const shown = [...removed.components, ...removed.traces].filter(({ stored }) => stored);
    this.expired.instances += shown.length;
    const events = [...new Set(removed.events)];
    this.expired.events += events.length;
    return events;
  }

  /** How many instances wait to be assembled. */
  get pendingChanges(): number {
    const postponed = this.#postponed.size + this.#definitions.freshCount;
    return this.#dirtyComponents.size + this.#dirtyTraces.size + postponed;
  }

  /** Numbers of the instances that changed, are large, and were left for later; to be kept with a checkpoint. */
  get postponed(): readonly number[] {
    return [...this.#postponed];
  }

  /** Takes up what an earlier run left for later. */
  postpone(numbers: readonly number[]): void {
    for (const no of numbers) this.#postponed.add(no);
  }

  /**
   * Assembles every instance that changed since the last call. @param nowMs monotonic, in milliseconds: a large instance that was
   * assembled a short while ago is left for a later call. Without it nothing is left.
   */
  async takeChanges(nowMs: number = Number.POSITIVE_INFINITY): Promise<InstanceChanges> {
    const traces = await this.#reassign();
    for (const component of await this.#definitions.takeOutdated()) this.#touch(component);
    const due = [...this.#postponed].filter((no) => !this.#pacing.isPaused(no, nowMs));
    await this.#working.loadComponents(due);
    for (const no of due) {
      this.#postponed.delete(no);
      const component = this.#working.components.get(this.#working.resolve(no));
      if (component !== undefined) this.#dirtyComponents.add(component);
    }
    const components: Component[] = [];
    const members = new Set<string>();
    for (const component of this.#dirtyComponents) {
      if (this.#pacing.isPaused(component.no, nowMs)) this.#postponed.add(component.no);
      else components.push(component);
    }
    for (const component of components) for (const key of component.traces) members.add(key);
    await this.#assigner.load(members);
    return this.#collect(components, traces, nowMs);
  }

  /** Assigns anew the traces that changed and those that link to them. */
  async #reassign(): Promise<Trace[]> {
    const keys = new Set(this.#rejoined);
    for (const trace of this.#dirtyTraces) {
      keys.add(trace.key);
      for (const key of trace.linkedBy) keys.add(key);
    }
    await this.#assigner.load(keys);
    const traces: Trace[] = [];
    for (const key of keys) {
      const trace = this.#working.traces.get(key);
      if (trace === undefined || trace.events.size === 0) continue;
      trace.assignment = undefined;
      this.#assign(trace);
      traces.push(trace);
    }
    return traces;
  }

  /** Marks the instances that gained or lost events of this trace. */
  #assign(trace: Trace): void {
    const touching = this.#assigner.touching(trace);
    for (const no of new Set([...touching, ...trace.touching])) {
      const component = this.#working.components.get(this.#working.resolve(no));
      if (component === undefined) continue;
      if (touching.has(component.no)) component.traces.add(trace.key);
      else component.traces.delete(trace.key);
      this.#touch(component);
    }
    if (sameNumbers(touching, trace.touching)) return;
    trace.touching = touching;
    this.#working.touchTrace(trace);
  }

  #collect(components: readonly Component[], traces: readonly Trace[], nowMs: number): InstanceChanges {
    const instances: InstanceDocument[] = [];
    const replaced = new Set<number>();
    if (this.assumeStored) for (const trace of traces) this.#markStored(trace);
    for (const component of components) {
      if (component.stored || this.assumeStored) replaced.add(component.no);
      const document = this.#documents.ofComponent(component);
      if (document === undefined) continue;
      component.stored = true;
      instances.push(document);
      this.#pacing.assembled(component.no, document.members.length, nowMs);
    }
    for (const trace of traces) {
      if (trace.stored) replaced.add(trace.no);
      const document = this.#documents.ofTrace(trace);
      if (document === undefined) continue;
      this.#markStored(trace);
      instances.push(document);
    }
    const removed = this.#removed;
    const present = new Set(instances.map((instance) => instance.no));
    for (const no of replaced) if (!present.has(no)) removed.push(no);
    this.#removed = [];
    this.#dirtyComponents.clear();
    this.#dirtyTraces.clear();
    this.#rejoined.clear();
    this.assumeStored = false;
    return { instances, removed, replaced };
  }

  #markStored(trace: Trace): void {
    if (trace.stored) return;
    trace.stored = true;
    this.#working.touchTrace(trace);
  }
}

const FEW = 16;

/** Looks for ids among the events that came without a trace: most instances have a few, some have very many. */
class OwnIds {
  readonly #large = new WeakMap<Component, { readonly ids: Set<string>; counted: number }>();

  has(component: Component, id: string): boolean {
    const { own } = component;
    if (own.length <= FEW) return own.some((event) => event.id === id);
    let known = this.#large.get(component);
    if (known === undefined) {
      known = { ids: new Set(), counted: 0 };
      this.#large.set(component, known);
    }
    // Events are only ever added at the end, also by a merge.
    for (; known.counted < own.length; known.counted++) known.ids.add(own[known.counted]?.id ?? '');
    return known.ids.has(id);
  }
}

function sameNumbers(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  if (a.size !== b.size) return false;
  for (const no of a) if (!b.has(no)) return false;
  return true;
}
