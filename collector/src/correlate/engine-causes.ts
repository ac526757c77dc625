import type { ProcessDefinition } from '../event/event.ts';
import type { Definitions } from './definitions.ts';
import { isEnd } from './engine-steps.ts';
import type { CorrelatedEvent } from './model.ts';

/** Event → events that led to it. */
export type EventCauses = ReadonlyMap<CorrelatedEvent, readonly CorrelatedEvent[]>;

const NO_CAUSES: EventCauses = new Map();

/** One scope (a process instance, a sub-process, the body of a multi-instance activity) while its records are read over. */
type Scope = {
  lastEnd: CorrelatedEvent | undefined;
  /** Sequence flows that were taken and have not led anywhere yet, the oldest first. */
  tokens: CorrelatedEvent[];
  /** Ends that no sequence flow left. */
  readonly leaves: Set<CorrelatedEvent>;
  /** Element → its latest instance. */
  readonly latest: Map<string, CorrelatedEvent>;
};

/**
 * What led to what inside of process instances. A process instance is written by one partition, in the order of positions: a sequence
 * flow is taken by what has ended last in its scope, and leads to the instance of its target that begins next. A boundary event
 * comes from the activity that it is attached to, the end of a scope from what ended inside.
 *
 * Where the definition was not seen a flow leads to what begins at the same instant. What is not found here is left to the clock.
 */
export function engineCauses(events: readonly CorrelatedEvent[], definitions: Definitions): EventCauses {
  const instances = new Map<string, CorrelatedEvent[]>();
  for (const event of events) {
    if (event.engine === undefined || event.trace === undefined) continue;
    const records = instances.get(event.trace.traceId);
    if (records === undefined) instances.set(event.trace.traceId, [event]);
    else records.push(event);
  }
  if (instances.size === 0) return NO_CAUSES;
  const causes = new Map<CorrelatedEvent, readonly CorrelatedEvent[]>();
  for (const records of instances.values()) {
    const run = new ProcessRun(definitions, causes);
    for (const event of records.sort((a, b) => a.sequence - b.sequence)) run.take(event);
  }
  return causes;
}

class ProcessRun {
  readonly #definitions: Definitions;
  readonly #causes: Map<CorrelatedEvent, readonly CorrelatedEvent[]>;
  readonly #scopes = new Map<string, Scope>();

  constructor(definitions: Definitions, causes: Map<CorrelatedEvent, readonly CorrelatedEvent[]>) {
    this.#definitions = definitions;
    this.#causes = causes;
  }

  take(event: CorrelatedEvent): void {
    const { phase, scope: around = '', elementInstance = '', element = '' } = event.engine ?? {};
    if (phase === 'started') {
      const scope = this.#scope(around);
      this.#note(event, this.#beginningOf(event, scope));
      scope.latest.set(element, event);
    } else if (phase === 'flow') {
      const scope = this.#scope(around);
      scope.tokens.push(event);
      if (scope.lastEnd === undefined) return;
      this.#note(event, [scope.lastEnd]);
      scope.leaves.delete(scope.lastEnd);
    } else if (isEnd(event)) {
      this.#note(event, [...this.#scope(elementInstance).leaves]);
      this.#scopes.delete(elementInstance);
      if (phase !== 'completed') return;
      const scope = this.#scope(around);
      scope.lastEnd = event;
      scope.leaves.add(event);
    }
  }

  #scope(key: string): Scope {
    let scope = this.#scopes.get(key);
    if (scope === undefined) {
      scope = { lastEnd: undefined, tokens: [], leaves: new Set(), latest: new Map() };
      this.#scopes.set(key, scope);
    }
    return scope;
  }

  #note(event: CorrelatedEvent, causes: readonly CorrelatedEvent[]): void {
    if (causes.length > 0) this.#causes.set(event, causes);
  }

  #beginningOf(event: CorrelatedEvent, scope: Scope): readonly CorrelatedEvent[] {
    const { element = '', elementType, definition: id = '' } = event.engine ?? {};
    const definition = this.#definitions.get(id);
    if (elementType === 'BOUNDARY_EVENT') {
      const host = scope.latest.get(definition?.attached[element] ?? '');
      return host === undefined ? [] : [host];
    }
    const taken = definition ? leadingTo(event, scope, definition) : atOnceWith(event, scope);
    if (taken.length > 0) scope.tokens = scope.tokens.filter((token) => !taken.includes(token));
    return taken;
  }
}

/** A parallel gateway takes one of each flow, an inclusive one what there is, anything else one. */
function leadingTo(
  event: CorrelatedEvent,
  scope: Scope,
  { targets }: ProcessDefinition,
): readonly CorrelatedEvent[] {
  const element = event.engine?.element;
  const arrived = scope.tokens.filter((token) => targets[token.engine?.element ?? ''] === element);
  if (event.engine?.elementType === 'INCLUSIVE_GATEWAY') return arrived;
  if (event.engine?.elementType !== 'PARALLEL_GATEWAY') return arrived.slice(0, 1);
  const oldest = new Map<string, CorrelatedEvent>();
  for (const token of arrived) {
    const flow = token.engine?.element ?? '';
    if (!oldest.has(flow)) oldest.set(flow, token);
  }
  return [...oldest.values()];
}

const JOINS = new Set(['PARALLEL_GATEWAY', 'INCLUSIVE_GATEWAY']);

function atOnceWith(event: CorrelatedEvent, scope: Scope): readonly CorrelatedEvent[] {
  if (JOINS.has(event.engine?.elementType ?? '')) return [...scope.tokens];
  return scope.tokens.filter((token) => token.timeUs === event.timeUs).slice(0, 1);
}
