import type { Instance, Step, StuckItem, TimelineEvent } from 'throughline/schema';
import { microsecondsOf } from './format.ts';
import { type Gap, idleGaps } from './time-scale.ts';

/** A span of work in the lane of a service: a step, or the consumption of a message. Times in epoch microseconds. */
export type Bar = {
  readonly id: string;
  readonly kind: 'step' | 'consumption';
  readonly lane: number;
  readonly row: number;
  readonly startUs: number;
  readonly endUs: number;
  readonly activity: string;
  readonly step: number | null;
  readonly isError: boolean;
  /** Begun and not seen to have ended: drawn up to now. */
  readonly isOpen: boolean;
};
/** A message from its publication to its consumption, or a cause without an observed message. */
export type Arrow = {
  readonly id: string;
  readonly kind: 'message' | 'cause';
  readonly evidence: 'causal' | 'temporal';
  readonly from: Bar;
  readonly to: Bar;
};
export type Lane = { readonly service: string; readonly rows: number };
/** The expected step that has not come: open at its end. */
export type Pending = {
  readonly lane: number;
  readonly row: number;
  readonly sinceUs: number;
  readonly dueUs: number;
  readonly activity: string;
};

export type Timeline = {
  readonly startUs: number;
  readonly endUs: number;
  readonly lanes: readonly Lane[];
  readonly bars: readonly Bar[];
  readonly arrows: readonly Arrow[];
  readonly gaps: readonly Gap[];
  readonly pending: Pending | null;
};

type Unplaced = Omit<Bar, 'lane' | 'row'> & { readonly service: string };
/** More work at once than this in one service is drawn on top of each other. */
const mostRows = 5;
export const noService = '(no service)';

/** What is drawn of an instance, in lanes by service in the order in which they came in. `nowUs` ends what is still waiting. */
export function timelineOf(instance: Instance, nowUs: number): Timeline {
  const failed = failedPublications(instance);
  const unplaced = [
    ...instance.steps.map((step) => ofStep(step, failed, nowUs)),
    ...instance.events.flatMap(ofConsumption),
  ].sort(
    (a, b) =>
      a.startUs - b.startUs || b.endUs - a.endUs || Number(a.kind === 'step') - Number(b.kind === 'step'),
  );
  const expected = instance.stuck?.expected[0];
  const services = [...new Set(unplaced.map((one) => one.service))];
  if (expected && !services.includes(expected.service || noService))
    services.push(expected.service || noService);
  const placed = services.map((service, lane) =>
    place(
      unplaced.filter((one) => one.service === service),
      lane,
    ),
  );
  const bars = placed.flatMap((one) => one.bars);
  const startUs = bars.reduce((least, bar) => Math.min(least, bar.startUs), Number.POSITIVE_INFINITY);
  const lastUs = bars.reduce((most, bar) => Math.max(most, bar.endUs), 0);
  const endUs = instance.stuck ? Math.max(lastUs, nowUs) : lastUs;
  const stepStarts = bars.filter((bar) => bar.kind === 'step').map((bar) => bar.startUs);
  const pending = instance.stuck ? pendingOf(instance.stuck, services, placed) : null;
  return {
    startUs,
    endUs,
    lanes: services.map((service, lane) => ({
      service,
      rows: Math.max(placed[lane]?.rows ?? 1, pending?.lane === lane ? pending.row + 1 : 1),
    })),
    bars,
    arrows: arrowsOf(instance, bars),
    gaps: idleGaps(bars, startUs, endUs, stepStarts),
    pending,
  };
}

/** In a row of its own where the service still worked after the wait began. */
function pendingOf(
  stuck: StuckItem,
  services: readonly string[],
  placed: readonly { bars: Bar[]; rows: number }[],
): Pending {
  const expected = stuck.expected[0];
  const lane = services.indexOf(expected?.service || noService);
  const sinceUs = microsecondsOf(stuck.after.at);
  const isFree = placed[lane]?.bars.every((bar) => bar.endUs <= sinceUs) ?? true;
  return {
    lane,
    row: isFree ? 0 : (placed[lane]?.rows ?? 0),
    sinceUs,
    dueUs: microsecondsOf(stuck.dueAt),
    activity: expected?.activity ?? 'a next step',
  };
}

/**
 * Steps that failed where they were done. A step also counts as failed when only a consumer of it did; that shows at the
 * consumption. Null: no events are known, so the step's own word has to do.
 */
function failedPublications(instance: Instance): ReadonlySet<number> | null {
  if (instance.events.length === 0) return null;
  const own = instance.events.filter((event) => event.role !== 'consumed' && event.status === 'error');
  return new Set(own.flatMap((event) => (event.step === null ? [] : [event.step])));
}

const ofStep = (step: Step, failed: ReadonlySet<number> | null, nowUs: number): Unplaced => ({
  id: `s${step.step}`,
  kind: 'step',
  service: step.service || noService,
  startUs: microsecondsOf(step.startedAt),
  endUs: step.open ? Math.max(microsecondsOf(step.endedAt), nowUs) : microsecondsOf(step.endedAt),
  activity: step.activity,
  step: step.step,
  isError: failed ? failed.has(step.step) : step.status === 'error',
  isOpen: step.open,
});

function ofConsumption(event: TimelineEvent): Unplaced[] {
  if (event.role !== 'consumed') return [];
  const startUs = microsecondsOf(event.at);
  return [
    {
      id: `e${event.event}`,
      kind: 'consumption',
      service: event.service || noService,
      startUs,
      endUs: startUs + event.durationUs,
      activity: event.type,
      step: event.step,
      isError: event.status === 'error',
      isOpen: false,
    },
  ];
}

/** A step inside a consumption shares its row; everything else takes the first row that is free. */
function place(items: readonly Unplaced[], lane: number): { bars: Bar[]; rows: number } {
  const bars: Bar[] = [];
  const freeAt: number[] = [];
  const consumptions: Bar[] = [];
  for (const { service: _service, ...item } of items) {
    const around =
      item.kind === 'step'
        ? consumptions.findLast((one) => one.startUs <= item.startUs && item.startUs <= one.endUs)
        : undefined;
    const free = freeAt.findIndex((at) => at <= item.startUs);
    const row = around?.row ?? (free >= 0 ? free : Math.min(freeAt.length, mostRows - 1));
    freeAt[row] = Math.max(freeAt[row] ?? 0, item.endUs);
    const bar = { ...item, lane, row };
    bars.push(bar);
    if (bar.kind === 'consumption') {
      consumptions.push(bar);
      if (consumptions.length > 32) consumptions.shift();
    }
  }
  return { bars, rows: Math.max(1, freeAt.length) };
}

function arrowsOf(instance: Instance, bars: readonly Bar[]): Arrow[] {
  const steps = new Map(bars.filter((bar) => bar.kind === 'step').map((bar) => [bar.step, bar]));
  const arrows: Arrow[] = [];
  const delivered = new Set<string>();
  for (const bar of bars) {
    const from = bar.kind === 'consumption' ? steps.get(bar.step) : undefined;
    if (!from) continue;
    arrows.push({ id: `m${bar.id}`, kind: 'message', evidence: 'causal', from, to: bar });
    delivered.add(`${bar.step}/${bar.lane}`);
  }
  for (const step of instance.steps) {
    const to = steps.get(step.step);
    for (const cause of step.causes) {
      const from = steps.get(cause.step);
      if (!from || !to || from.lane === to.lane || delivered.has(`${cause.step}/${to.lane}`)) continue;
      arrows.push({ id: `c${cause.step}-${step.step}`, kind: 'cause', evidence: cause.evidence, from, to });
    }
  }
  return arrows;
}

/** A step with all that led to it and all that followed from it, by causes. */
export function relatives(steps: readonly Step[], chosen: number): ReadonlySet<number> {
  const related = new Set([chosen]);
  const causes = new Map(steps.map((step) => [step.step, step.causes.map((cause) => cause.step)]));
  const walk = (from: number, next: (step: number) => readonly number[]) => {
    const waiting = [from];
    const seen = new Set(waiting);
    for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
      related.add(step);
      for (const other of next(step)) {
        if (seen.has(other)) continue;
        seen.add(other);
        waiting.push(other);
      }
    }
  };
  const effects = new Map<number, number[]>();
  for (const step of steps) {
    for (const cause of step.causes) effects.set(cause.step, [...(effects.get(cause.step) ?? []), step.step]);
  }
  walk(chosen, (step) => causes.get(step) ?? []);
  walk(chosen, (step) => effects.get(step) ?? []);
  return related;
}
