import type { Component, CorrelatedEvent, Trace } from './model.ts';

/**
 * The correlation state as text, version 1. An event is written as what differs from the event before it: `[bits, …values]`, a bit for
 * each of `FIELDS` that differs, since within a trace or an instance most of them repeat.
 */
const FIELDS = [
  'no',
  'id',
  'scope',
  'source',
  'type',
  'kind',
  'timeUs',
  'timeNs',
  'durationUs',
  'service',
  'status',
  'error',
  'trace',
  'message',
  'keys',
  'sequence',
  'declaredFlow',
  'homes',
  'engine',
  'receivedAtUs',
] as const satisfies readonly (keyof CorrelatedEvent)[];

type EventTuple = [bits: number, ...values: unknown[]];

/** No event: every field of the first one differs from it. */
const NOTHING: Partial<CorrelatedEvent> = {};

function encodeEvents(events: Iterable<CorrelatedEvent>): EventTuple[] {
  const tuples: EventTuple[] = [];
  let before = NOTHING;
  for (const event of events) {
    const tuple: EventTuple = [0];
    for (let field = 0; field < FIELDS.length; field++) {
      const name = FIELDS[field] ?? 'no';
      if (same(event[name], before[name])) continue;
      tuple[0] |= 1 << field;
      tuple.push(event[name] ?? null);
    }
    tuples.push(tuple);
    before = event;
  }
  return tuples;
}

/** Of objects only those that are flat or hold short lists are compared: what is written twice costs space, never truth. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  let left = 0;
  for (const name in one) {
    left++;
    if (!sameValue(one[name], other[name])) return false;
  }
  for (const _ in other) left--;
  return left === 0;
}

function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => item === b[i]);
}

function decodeEvents(tuples: readonly EventTuple[]): CorrelatedEvent[] {
  const events: CorrelatedEvent[] = [];
  let before: Record<string, unknown> = {};
  for (const tuple of tuples) {
    const event = { ...before };
    let value = 1;
    for (let field = 0; field < FIELDS.length; field++) {
      const name = FIELDS[field] ?? 'no';
      if (tuple[0] & (1 << field)) event[name] = tuple[value++] ?? undefined;
      else if (!(name in event)) event[name] = undefined;
    }
    // `homes` is the one field that changes later: it must not be shared.
    event['homes'] = { ...(event['homes'] as CorrelatedEvent['homes']) };
    events.push(event as CorrelatedEvent);
    before = event;
  }
  return events.map(withReception);
}

/** Older states do not say when an event was received. */
function withReception(event: CorrelatedEvent): CorrelatedEvent {
  return event.receivedAtUs === undefined ? { ...event, receivedAtUs: event.timeUs } : event;
}

export function encodeTrace(trace: Trace): string {
  return JSON.stringify([
    trace.key,
    trace.scope,
    trace.no,
    encodeEvents(trace.events.values()),
    [...trace.linkedBy],
    [...trace.touching],
    trace.stored,
  ]);
}

export function decodeTrace(text: string): Trace {
  const [key, scope, no, tuples, linkedBy, touching, stored] = JSON.parse(text) as [
    string,
    string,
    number,
    EventTuple[],
    string[],
    number[],
    boolean,
  ];
  const events = new Map<string, CorrelatedEvent>();
  for (const event of decodeEvents(tuples)) events.set(event.trace?.spanId ?? '', event);
  return {
    key,
    scope,
    no,
    events,
    linkedBy: new Set(linkedBy),
    touching: new Set(touching),
    assignment: undefined,
    stored,
  };
}

export function encodeComponent(component: Component): string {
  if (component.mergedInto !== undefined) {
    return JSON.stringify([component.no, component.flow, component.scope, component.mergedInto]);
  }
  return JSON.stringify([
    component.no,
    component.flow,
    component.scope,
    null,
    [...component.keys],
    [...component.traces],
    encodeEvents(component.own),
    component.merged,
    component.stored,
  ]);
}

export function decodeComponent(text: string): Component {
  const [no, flow, scope, mergedInto, keys, traces, own, merged, stored] = JSON.parse(text) as [
    number,
    string,
    string,
    number | null,
    string[]?,
    string[]?,
    EventTuple[]?,
    string[]?,
    boolean?,
  ];
  return {
    no,
    flow,
    scope,
    keys: new Set(keys),
    traces: new Set(traces),
    own: decodeEvents(own ?? []),
    merged: merged ?? [],
    mergedInto: mergedInto ?? undefined,
    stored: stored ?? true,
  };
}
