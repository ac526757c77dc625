import type { FlowDefinition } from '../config/flow.ts';
import { activityOf, type Definitions } from './definitions.ts';
import type { CorrelatedEvent } from './model.ts';
import type { Step } from './steps.ts';

/** What elements of a process are for its order alone. Sub-processes are not in it twice: what is inside of them is done. */
const NO_ACTIVITIES = new Set([
  'PROCESS',
  'SUB_PROCESS',
  'EVENT_SUB_PROCESS',
  'AD_HOC_SUB_PROCESS',
  'AD_HOC_SUB_PROCESS_INNER_INSTANCE',
  'MULTI_INSTANCE_BODY',
  'SEQUENCE_FLOW',
  'EXCLUSIVE_GATEWAY',
  'PARALLEL_GATEWAY',
  'INCLUSIVE_GATEWAY',
  'EVENT_BASED_GATEWAY',
]);

type Ranked = { readonly event: CorrelatedEvent; readonly rank: number };

/**
 * The steps of the engine's records among the events, which must be sorted: an element instance of a process is one step, from its
 * beginning to its end, with its jobs, waits and incidents; open while its end was not seen. A gateway, a sequence flow, a scope is
 * none.
 */
export function engineSteps(
  events: readonly CorrelatedEvent[],
  flow: FlowDefinition,
  definitions: Definitions,
): Step[] {
  const instances = new Map<string, Ranked[]>();
  events.forEach((event, rank) => {
    if (event.engine === undefined) return;
    const key = elementInstanceKey(event);
    const known = instances.get(key);
    if (known === undefined) instances.set(key, [{ event, rank }]);
    else known.push({ event, rank });
  });
  const steps: Step[] = [];
  for (const records of instances.values()) {
    const step = stepOf(records, flow, definitions);
    if (step !== undefined) steps.push(step);
  }
  return steps;
}

/** One element instance of one engine; empty for an event of something else. */
export function elementInstanceKey(event: Pick<CorrelatedEvent, 'engine' | 'trace'>): string {
  return event.engine === undefined ? '' : `${event.trace?.traceId} ${event.engine.elementInstance}`;
}

export function isEnd(event: Pick<CorrelatedEvent, 'engine'>): boolean {
  const phase = event.engine?.phase;
  return phase === 'completed' || phase === 'terminated';
}

function stepOf(
  records: readonly Ranked[],
  flow: FlowDefinition,
  definitions: Definitions,
): Step | undefined {
  const start = records.find(({ event }) => event.engine?.phase === 'started');
  const end = records.find(({ event }) => isEnd(event));
  const work = records.findLast(({ event }) => event.engine?.isWork === true && event.service !== '');
  const element = start ?? end;
  const defining = element ?? records.find(({ event }) => event.engine?.isWork === true);
  if (defining === undefined) return undefined;
  if (element !== undefined && NO_ACTIVITIES.has(element.event.engine?.elementType ?? '')) return undefined;
  const first = start ?? records[0] ?? defining;
  const startUs = first.event.timeUs;
  const failed = records.some(({ event }) => event.status === 'error');
  return {
    activity: activityOf(defining.event, flow, definitions),
    kind: 'record',
    service: work?.event.service ?? defining.event.service,
    consumers: [],
    startUs,
    endUs: Math.max(startUs, end?.event.timeUs ?? startUs),
    open: end === undefined,
    status: failed ? 'error' : (end?.event.status ?? 'unset'),
    events: records.map(({ event }) => event),
    rank: first.rank,
    published: true,
  };
}
