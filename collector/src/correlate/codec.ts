import type { Component, CorrelatedEvent, Trace } from './model.ts';

/**
 * The correlation state as text, version 1. An event is an array instead of an object: it is written often, and its names would
 * be most of it.
 */
type EventTuple = [
  no: number,
  id: string,
  scope: string,
  source: string,
  type: string,
  kind: CorrelatedEvent['kind'],
  timeUs: number,
  timeNs: number,
  durationUs: number,
  service: string,
  status: CorrelatedEvent['status'],
  error: CorrelatedEvent['error'] | null,
  trace: CorrelatedEvent['trace'] | null,
  message: CorrelatedEvent['message'] | null,
  keys: CorrelatedEvent['keys'],
  sequence: number,
  declaredFlow: string,
  homes: Record<string, number>,
];

function tupleOf(event: CorrelatedEvent): EventTuple {
  return [
    event.no,
    event.id,
    event.scope,
    event.source,
    event.type,
    event.kind,
    event.timeUs,
    event.timeNs,
    event.durationUs,
    event.service,
    event.status,
    event.error ?? null,
    event.trace ?? null,
    event.message ?? null,
    event.keys,
    event.sequence,
    event.declaredFlow,
    event.homes,
  ];
}

function eventOf(tuple: EventTuple): CorrelatedEvent {
  return {
    no: tuple[0],
    id: tuple[1],
    scope: tuple[2],
    source: tuple[3],
    type: tuple[4],
    kind: tuple[5],
    timeUs: tuple[6],
    timeNs: tuple[7],
    durationUs: tuple[8],
    service: tuple[9],
    status: tuple[10],
    error: tuple[11] ?? undefined,
    trace: tuple[12] ?? undefined,
    message: tuple[13] ?? undefined,
    keys: tuple[14],
    sequence: tuple[15],
    declaredFlow: tuple[16],
    homes: tuple[17],
  };
}

export function encodeTrace(trace: Trace): string {
  return JSON.stringify([
    trace.key,
    trace.scope,
    trace.no,
    [...trace.events.values()].map(tupleOf),
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
  for (const tuple of tuples) {
    const event = eventOf(tuple);
    events.set(event.trace?.spanId ?? '', event);
  }
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
    component.own.map(tupleOf),
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
    own: (own ?? []).map(eventOf),
    merged: merged ?? [],
    mergedInto: mergedInto ?? undefined,
    stored: stored ?? true,
  };
}
