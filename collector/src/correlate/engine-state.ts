import type { NormalisedEvent } from '../event/event.ts';
import { elementInstanceKey, isEnd } from './engine-steps.ts';

type Told = Pick<NormalisedEvent, 'engine' | 'trace' | 'status'>;

/** How the process instances stand that the events are of. */
export type EngineState<E extends Told = Told> = {
  /** Done when all of them are, failed when one that nobody called was terminated. */
  readonly state: 'open' | 'completed' | 'failed';
  /** The newest incident that nobody has resolved. */
  readonly incident: E | undefined;
  /** What they wait for from outside, the oldest wait first; at most {@link WAITS_MAX}. */
  readonly waits: readonly E[];
};

export const WAITS_MAX = 20;

/** Of sorted events. Undefined when no engine has a part in them. */
export function engineStateOf<E extends Told>(events: readonly E[]): EngineState<E> | undefined {
  const engine = events.filter((event) => event.engine !== undefined);
  if (engine.length === 0) return undefined;
  const over = new Over(engine);
  const waits = new Map<string, E>();
  let incident: E | undefined;
  for (const event of engine) {
    if (over.isOver(event)) continue;
    // A task that is assigned again is waited for by another name.
    if (event.engine?.phase === 'wait') waits.set(referenceKey(event), event);
    if (event.engine?.phase === 'incident') incident = event;
  }
  return { state: over.state, incident, waits: [...waits.values()].slice(0, WAITS_MAX) };
}

/** What has come to its end: element instances, process instances, waits and incidents. */
class Over {
  readonly #ended = new Set<string>();
  readonly #references = new Set<string>();
  readonly #running = new Set<string>();
  readonly #endedProcesses = new Set<string>();
  #terminated = false;

  constructor(events: readonly Told[]) {
    for (const event of events) {
      const { phase, elementType } = event.engine ?? {};
      const process = event.trace?.traceId ?? '';
      this.#running.add(process);
      if (phase === 'wait-ended' || phase === 'incident-resolved') this.#references.add(referenceKey(event));
      if (!isEnd(event)) continue;
      this.#ended.add(elementInstanceKey(event));
      if (elementType !== 'PROCESS') continue;
      this.#endedProcesses.add(process);
      if (event.status === 'error') this.#terminated = true;
    }
    for (const process of this.#endedProcesses) this.#running.delete(process);
  }

  get state(): EngineState['state'] {
    if (this.#running.size > 0) return 'open';
    return this.#terminated ? 'failed' : 'completed';
  }

  isOver(event: Told): boolean {
    return (
      this.#references.has(referenceKey(event)) ||
      this.#ended.has(elementInstanceKey(event)) ||
      this.#endedProcesses.has(event.trace?.traceId ?? '')
    );
  }
}

function referenceKey(event: Told): string {
  return `${event.trace?.traceId} ${event.engine?.reference}`;
}
