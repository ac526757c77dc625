import { UNASSIGNED } from '../config/flow.ts';
import { type Expiry, type ExpiryBounds, FILE_SOURCE } from '../event/expiry.ts';
import { type Component, type CorrelatedEvent, keyNode, newTrace, type Trace, traceKey } from './model.ts';
import type { WorkingSet } from './working-set.ts';

/** What is no more: numbers of instances and events, and what stood for them. */
export type Removed = {
  readonly components: Component[];
  readonly traces: Trace[];
  readonly instances: number[];
  readonly events: number[];
};

/** Instances and traces that share events: they go together or not at all. */
type Cluster = {
  readonly components: Set<Component>;
  readonly traces: Set<Trace>;
  /** Also the numbers of components that have merged into them. */
  readonly numbers: Set<number>;
};

/** What shares events with more than this many others stays: it would have to be in memory all at once. */
const CLUSTER_EVENTS_MAX = 200_000;
/** Loaded at a time. */
const PORTION = 500;

type Seed = { readonly node: string } | { readonly trace: string };

/**
 * Takes expired instances out of the state. Whether they are expired is decided here, by the events that are there at this place of the
 * log; what was found expired is only where to look. An instance goes together with all that has events of its traces, so that nothing
 * that stays is assigned by what went.
 */
export class Expirer {
  readonly #working: WorkingSet;

  constructor(working: WorkingSet) {
    this.#working = working;
  }

  /** All traces must be assigned. */
  async remove({ bounds, instances, traces, events }: Expiry): Promise<Removed> {
    const removed: Removed = { components: [], traces: [], instances: [], events: [] };
    const seeds: Seed[] = [
      ...instances.map(({ flow, scope, key }) => ({ node: keyNode(flow, scope, key) })),
      ...traces.map(({ scope, traceId }) => ({ trace: traceKey(scope, traceId) })),
    ];
    for (let from = 0; from < seeds.length; from += PORTION) {
      const portion = seeds.slice(from, from + PORTION);
      await this.#loadAround(portion);
      for (const seed of portion) {
        const cluster = await this.#clusterOf(seed, bounds);
        if (cluster !== undefined) await this.#drop(cluster, removed);
      }
    }
    await this.#removeBare(events.map(bareNode), bounds.others, removed);
    return removed;
  }

  async #removeBare(nodes: readonly string[], boundUs: number, removed: Removed): Promise<void> {
    await this.#working.loadBare(nodes);
    for (const node of nodes) {
      const bare = this.#working.bare.get(node);
      if (bare === undefined || bare.receivedAtUs >= boundUs) continue;
      this.#working.dropBare(node);
      removed.events.push(bare.no);
    }
  }

  /** What most clusters consist of, with few questions to the disk. */
  async #loadAround(seeds: readonly Seed[]): Promise<void> {
    const working = this.#working;
    await working.loadKeys(seeds.flatMap((seed) => ('node' in seed ? [seed.node] : [])));
    const traces = new Set(seeds.flatMap((seed) => ('trace' in seed ? [seed.trace] : [])));
    for (const seed of seeds) {
      if (!('node' in seed)) continue;
      for (const key of this.#componentOf(seed.node)?.traces ?? []) traces.add(key);
    }
    await working.loadTraces(traces);
    const numbers = new Set<number>();
    for (const key of traces) for (const no of working.traces.get(key)?.touching ?? []) numbers.add(no);
    await working.loadComponents(numbers);
  }

  #componentOf(node: string): Component | undefined {
    const no = this.#working.keys.get(node);
    return no === undefined ? undefined : this.#working.components.get(this.#working.resolve(no));
  }

  /** Undefined where something of it is not expired, or where nothing is there (any more). */
  async #clusterOf(seed: Seed, bounds: ExpiryBounds): Promise<Cluster | undefined> {
    const working = this.#working;
    const cluster: Cluster = { components: new Set(), traces: new Set(), numbers: new Set() };
    const first = 'node' in seed ? this.#componentOf(seed.node)?.no : undefined;
    let numbers = new Set(first === undefined ? [] : [first]);
    let keys = new Set('trace' in seed ? [seed.trace] : []);
    let [boundUs, newestUs, events] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
    while (numbers.size + keys.size > 0) {
      await working.loadComponents(numbers);
      await working.loadTraces(keys);
      const next = { numbers: new Set<number>(), keys: new Set<string>() };
      const see = (event: CorrelatedEvent): void => {
        events++;
        newestUs = Math.max(newestUs, event.receivedAtUs);
        for (const flow in event.homes) next.numbers.add(event.homes[flow] ?? 0);
      };
      for (const no of numbers) {
        cluster.numbers.add(no);
        const component = working.components.get(working.resolve(no));
        if (component === undefined || cluster.components.has(component)) continue;
        cluster.components.add(component);
        boundUs = Math.min(boundUs, boundOf(component, bounds));
        for (const event of component.own) see(event);
        for (const key of component.traces) next.keys.add(key);
      }
      for (const key of keys) {
        const trace = working.traces.get(key);
        if (trace === undefined || cluster.traces.has(trace)) continue;
        cluster.traces.add(trace);
        // What no instance claims of a trace goes when the instances do that have the rest.
        if (trace.touching.size === 0) boundUs = Math.min(boundUs, bounds.flows[UNASSIGNED] ?? bounds.others);
        for (const event of trace.events.values()) see(event);
        for (const no of trace.touching) next.numbers.add(no);
      }
      if (newestUs >= boundUs || events > CLUSTER_EVENTS_MAX) return undefined;
      numbers = without(next.numbers, cluster.numbers);
      keys = new Set([...next.keys].filter((key) => !cluster.traces.has(working.traces.get(key) as Trace)));
    }
    return events === 0 ? undefined : cluster;
  }

  async #drop({ components, traces, numbers }: Cluster, removed: Removed): Promise<void> {
    const working = this.#working;
    const going = new Set([...traces].map((trace) => trace.key));
    for (const trace of traces) await this.#dropTrace(trace, going, removed);
    for (const component of components) {
      removed.components.push(component);
      for (const event of component.own) this.#dropEvent(event, component.no, removed);
      for (const key of component.keys) working.dropKey(keyNode(component.flow, component.scope, key));
    }
    // A number leads over others to the one that stands for it: all of them are gone through before any is dropped.
    const merged = new Set<number>();
    for (const no of numbers) {
      for (let at: number | undefined = no; at !== undefined; at = working.components.get(at)?.mergedInto)
        merged.add(at);
    }
    for (const no of merged) {
      working.dropComponent(no);
      removed.instances.push(no);
    }
  }

  /** What links into the trace may stay: should it come again, it is known from where. */
  async #dropTrace(trace: Trace, going: ReadonlySet<string>, removed: Removed): Promise<void> {
    const working = this.#working;
    removed.traces.push(trace);
    removed.instances.push(trace.no);
    const linked = new Set<string>();
    for (const event of trace.events.values()) {
      for (const no of trace.touching) this.#dropAwaiting(event, no);
      removed.events.push(event.no);
      for (const link of event.trace?.links ?? []) linked.add(traceKey(event.scope, link.traceId));
    }
    await working.loadTraces(linked);
    for (const key of linked) this.#unlink(working.traces.get(key), trace, going);
    const linkedBy = [...trace.linkedBy].filter((key) => !going.has(key));
    working.dropTrace(trace);
    if (linkedBy.length === 0) return;
    const place = newTrace(trace.no, trace.scope, trace.key.slice(trace.scope.length + 1));
    for (const key of linkedBy) place.linkedBy.add(key);
    working.touchTrace(place);
  }

  #unlink(linked: Trace | undefined, from: Trace, going: ReadonlySet<string>): void {
    if (linked === undefined || going.has(linked.key) || !linked.linkedBy.delete(from.key)) return;
    if (linked.events.size === 0 && linked.linkedBy.size === 0) this.#working.dropTrace(linked);
    else this.#working.touchTrace(linked);
  }

  #dropEvent(event: CorrelatedEvent, component: number, removed: Removed): void {
    this.#dropAwaiting(event, component);
    removed.events.push(event.no);
  }

  #dropAwaiting(event: CorrelatedEvent, no: number): void {
    const id = event.engine?.definition ?? '';
    if (id !== '' && !this.#working.definitions.has(id)) this.#working.dropAwaiting(id, no);
  }
}

/** An event with neither trace nor key of any flow. */
export function bareNode(event: { readonly scope: string; readonly id: string }): string {
  return `${event.scope}\0${event.id}`;
}

function boundOf({ flow, own, traces }: Component, bounds: ExpiryBounds): number {
  const isImported = traces.size === 0 && own.every((event) => event.source.startsWith(FILE_SOURCE));
  return bounds.flows[flow] ?? (isImported ? bounds.imports : bounds.others);
}

function without(numbers: ReadonlySet<number>, known: ReadonlySet<number>): Set<number> {
  const rest = new Set<number>();
  for (const no of numbers) if (!known.has(no)) rest.add(no);
  return rest;
}
