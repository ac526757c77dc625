import { UNASSIGNED } from '../config/flow.ts';
import { assignTrace } from './assignment.ts';
import { instanceId } from './identity.ts';
import type { Membered } from './instance.ts';
import { type Assignment, type Component, type Trace, traceIdOf, traceKey } from './model.ts';
import type { WorkingSet } from './working-set.ts';

/** Assigns the traces of the working set, and remembers it on them until one of their events or instances changes. */
export class Assigner {
  readonly #working: WorkingSet;

  constructor(working: WorkingSet) {
    this.#working = working;
  }

  /** Everything that assigning these traces looks at: traces that they link to, components that any of their events named. */
  async load(keys: ReadonlySet<string>): Promise<void> {
    await this.#working.loadTraces(keys);
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
      for (const event of trace?.events.values() ?? [])
        for (const link of event.trace?.links ?? []) linked.add(traceKey(event.scope, link.traceId));
    }
    await this.#working.loadTraces(linked);
    for (const key of linked) note(this.#working.traces.get(key));
    await this.#working.loadComponents(numbers);
  }

  of(trace: Trace): Assignment {
    trace.assignment ??= assignTrace(trace, {
      trace: (key) => this.#working.traces.get(key),
      resolve: (no) => this.#working.resolve(no),
      traceKey,
    });
    return trace.assignment;
  }

  /** Numbers of the instances that have events of the trace. */
  touching(trace: Trace): Set<number> {
    const touching = new Set<number>();
    for (const members of this.of(trace).values()) {
      for (const membership of members.values()) {
        for (const no of membership.instances) touching.add(this.#working.resolve(no));
      }
    }
    return touching;
  }

  membersOf(component: Component): Membered[] {
    const membered: Membered[] = component.own.map((event) => ({ event, rule: 'key' }));
    for (const key of component.traces) {
      const trace = this.#working.traces.get(key);
      const members = trace && this.of(trace).get(component.flow);
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

  /** The events of a trace that are in no instance of any flow. */
  unassignedOf(trace: Trace): Membered[] {
    const assignment = [...this.of(trace).values()];
    const membered: Membered[] = [];
    for (const [spanId, event] of trace.events) {
      if (!assignment.some((members) => members.has(spanId))) membered.push({ event, rule: 'trace' });
    }
    return membered;
  }

  /** Ids of traces that were instances of their own until all of their events found an instance, this one among them. */
  formerTraces(component: Component): string[] {
    const ids: string[] = [];
    for (const key of component.traces) {
      const trace = this.#working.traces.get(key);
      if (!trace?.stored || this.unassignedOf(trace).length > 0) continue;
      ids.push(instanceId(trace.scope, UNASSIGNED, `trace:${traceIdOf(trace)}`));
    }
    return ids;
  }
}
