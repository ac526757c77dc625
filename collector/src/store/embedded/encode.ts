import type { Cause } from '../../correlate/causes.ts';
import type { InstanceDocument } from '../../correlate/instance.ts';
import type { StoredDeadLetter } from '../../event/event.ts';
import type { StoreBatch, StoredEvent } from '../store.ts';
import { codeOf, KINDS, ROLES, RULES, STATES, STATUSES } from './codes.ts';
import { buffersOf, closeColumns, type OpenColumns, openColumns, type TableColumns } from './columns.ts';
import type { Names } from './names.ts';
import { CAUSAL_BIT, type EventExtra, TEMPORAL_BIT } from './schema.ts';

/** A batch as the database takes it. */
export type BatchColumns = {
  /** Highest event number once it is written. */
  readonly appliedEventNo: number;
  /** Words that were not used before, and the number of the first. */
  readonly words: { readonly first: number; readonly words: readonly string[] };
  /** Instances whose rows go: those that are no more, and those that are written anew. */
  readonly removed: Float64Array;
  readonly removedEvents: Float64Array;
  readonly tables: readonly TableColumns<RowTable>[];
  readonly deadLetters: readonly StoredDeadLetter[];
  readonly resolved: readonly string[];
  /** Those whose name is new. */
  readonly flows: readonly (readonly [flow: string, name: string])[];
};

export type RowTable = 'events' | 'instances' | 'keys' | 'aliases' | 'steps' | 'transitions' | 'members';

/** @param appliedEventNo events up to it are there already. @param names gets the words that are new. */
export function encodeBatch(
  batch: StoreBatch,
  names: Names,
  appliedEventNo: number,
): Omit<BatchColumns, 'flows'> {
  const first = names.next;
  const events = batch.events.filter((event) => event.no > appliedEventNo);
  const tables = [eventColumns(events, names), ...instanceColumns(batch.instances, names)];
  return {
    appliedEventNo: Math.max(appliedEventNo, batch.numberedUntil),
    words: { first, words: names.since(first) },
    removed: Float64Array.from([...batch.replaced, ...batch.removed]),
    removedEvents: Float64Array.from(batch.removedEvents),
    tables,
    deadLetters: batch.deadLetters,
    resolved: batch.resolved,
  };
}

/** What can be handed over instead of copied. */
export function transferOf(batch: BatchColumns): ArrayBuffer[] {
  const numbers = [batch.removed, batch.removedEvents].map(({ buffer }) => buffer as ArrayBuffer);
  return [...batch.tables.flatMap(buffersOf), ...numbers];
}

function eventColumns(events: readonly StoredEvent[], names: Names): TableColumns<'events'> {
  const columns = openColumns('events', events.length);
  events.forEach(({ no, event }, row) => {
    columns.no[row] = no;
    columns.id.add(event.id);
    columns.scope[row] = names.number(event.scope);
    columns.source[row] = names.number(event.source);
    columns.type[row] = names.number(event.type);
    columns.kind[row] = codeOf(KINDS, event.kind);
    columns.time_us[row] = event.timeUs;
    columns.time_ns[row] = event.timeNs;
    columns.duration_us[row] = event.durationUs;
    columns.service[row] = names.number(event.service);
    columns.peer[row] = names.number(event.peer);
    columns.status[row] = codeOf(STATUSES, event.status);
    columns.parent_span.add(event.trace === undefined ? null : event.trace.parentSpanId);
    columns.role[row] = codeOf(ROLES, event.message?.role ?? '');
    columns.destination[row] = names.number(event.message?.destination ?? '');
    columns.keys.add(recordText(event.keys));
    columns.attributes.add(recordText(event.attributes));
    columns.sequence[row] = event.sequence;
    columns.received_us[row] = event.receivedAtUs;
    columns.declared_flow[row] = names.number(event.declaredFlow);
    columns.extra.add(extraOf(event));
  });
  return closeColumns('events', events.length, columns);
}

function recordText(record: Readonly<Record<string, unknown>>): string {
  for (const _ in record) return JSON.stringify(record);
  return '{}';
}

/** What few events have, in one column: every column that is mostly empty costs as much as a full one to write. */
function extraOf(event: StoredEvent['event']): string | null {
  const { error, trace, message, flags, engine } = event;
  const links = trace === undefined || trace.links.length === 0 ? undefined : trace.links;
  const messageId = message === undefined || message.messageId === '' ? undefined : message.messageId;
  const isNamed = trace !== undefined && event.id === `${trace.traceId}:${trace.spanId}`;
  const span = trace === undefined || isNamed ? undefined : ([trace.traceId, trace.spanId] as const);
  const isUsual = error === undefined && links === undefined && messageId === undefined && flags.length === 0;
  if (isUsual && span === undefined && engine === undefined) return null;
  const extra: EventExtra = {
    ...(span && { span }),
    ...(engine && { engine }),
    ...(error && { error }),
    ...(links && { links }),
    ...(messageId !== undefined && { messageId }),
    ...(flags.length > 0 && { flags }),
  };
  return JSON.stringify(extra);
}

function instanceColumns(
  instances: readonly InstanceDocument[],
  names: Names,
): TableColumns<Exclude<RowTable, 'events'>>[] {
  return [
    headColumns(instances, names),
    keyColumns(instances, names),
    aliasColumns(instances),
    stepColumns(instances, names),
    transitionColumns(instances, names),
    memberColumns(instances),
  ];
}

function headColumns(instances: readonly InstanceDocument[], names: Names): TableColumns<'instances'> {
  const columns = openColumns('instances', instances.length);
  instances.forEach((instance, row) => {
    const { pending, lastError, mergedFrom } = instance;
    columns.no[row] = instance.no;
    columns.id.add(instance.instance);
    columns.flow[row] = names.number(instance.flow);
    columns.scope[row] = names.number(instance.scope);
    columns.generation[row] = 1;
    columns.start_us[row] = instance.startUs;
    columns.last_us[row] = instance.lastUs;
    columns.state[row] = codeOf(STATES, instance.state);
    columns.steps[row] = instance.steps.length;
    columns.events[row] = instance.members.length;
    columns.last_activity[row] = names.number(instance.steps.at(-1)?.activity ?? '');
    columns.services.add(listOf(instance.services, names));
    columns.has_causal[row] = instance.hasCausal ? 1 : 0;
    columns.temporal[row] = BigInt(`0x${instance.temporal.variant}`);
    columns.causal[row] = BigInt(`0x${instance.causal.variant}`);
    columns.keys.add(JSON.stringify(instance.keys));
    columns.due_us[row] = pending === undefined ? Number.NaN : pending.dueUs;
    columns.due_after[row] = pending === undefined ? 0 : names.number(pending.activity);
    columns.pending.add(pending === undefined ? null : JSON.stringify(pending));
    columns.last_error.add(lastError === undefined ? null : JSON.stringify(lastError));
    columns.received_us[row] = instance.receivedUs;
    columns.is_imported[row] = instance.isImported ? 1 : 0;
    columns.trace.add(instance.trace === '' ? null : instance.trace);
    columns.merged_from.add(mergedFrom.length === 0 ? null : JSON.stringify(mergedFrom));
  });
  return closeColumns('instances', instances.length, columns);
}

function keyColumns(instances: readonly InstanceDocument[], names: Names): TableColumns<'keys'> {
  const rows = sumOf(instances, (instance) => instance.keys.length);
  const columns = openColumns('keys', rows);
  let row = 0;
  for (const { no, keys } of instances) {
    for (const key of keys) {
      const colon = key.indexOf(':');
      columns.no[row] = no;
      columns.key_type[row++] = names.number(key.slice(0, colon));
      columns.value.add(key.slice(colon + 1));
    }
  }
  return closeColumns('keys', rows, columns);
}

function aliasColumns(instances: readonly InstanceDocument[]): TableColumns<'aliases'> {
  const rows = sumOf(instances, (instance) => instance.aliases.length);
  const columns = openColumns('aliases', rows);
  let row = 0;
  for (const { no, aliases } of instances) {
    for (const id of aliases) {
      columns.no[row++] = no;
      columns.id.add(id);
    }
  }
  return closeColumns('aliases', rows, columns);
}

function memberColumns(instances: readonly InstanceDocument[]): TableColumns<'members'> {
  const rows = sumOf(instances, (instance) => instance.members.length);
  const columns = openColumns('members', rows);
  let row = 0;
  for (const { no, members } of instances) {
    for (const member of members) {
      columns.no[row] = no;
      columns.event[row] = member.event.no;
      columns.rule[row] = codeOf(RULES, member.rule);
      columns.step[row++] = member.step;
    }
  }
  return closeColumns('members', rows, columns);
}

/** `,3,17,`: so that one LIKE finds a number. */
function listOf(words: readonly string[], names: Names): string {
  return words.length === 0 ? '' : `,${words.map((word) => names.number(word)).join(',')},`;
}

function stepColumns(instances: readonly InstanceDocument[], names: Names): TableColumns<'steps'> {
  const rows = sumOf(instances, (instance) => instance.steps.length);
  const columns = openColumns('steps', rows);
  let row = 0;
  for (const instance of instances) {
    const flow = names.number(instance.flow);
    const seen = new Set<string>();
    const last = instance.steps.length - 1;
    instance.steps.forEach((step, place) => {
      columns.no[row] = instance.no;
      columns.place[row] = place;
      columns.flow[row] = flow;
      columns.activity[row] = names.number(step.activity);
      columns.kind[row] = codeOf(KINDS, step.kind);
      columns.service[row] = names.number(step.service);
      columns.consumers.add(step.consumers.length === 0 ? null : listOf(step.consumers, names));
      columns.start_us[row] = step.startUs;
      columns.duration_us[row] = step.open ? Number.NaN : step.endUs - step.startUs;
      columns.status[row] = codeOf(STATUSES, step.status);
      columns.is_first[row] = seen.has(step.activity) ? 0 : 1;
      columns.is_start[row] = place === 0 ? 1 : 0;
      columns.is_end[row] = place === last ? 1 : 0;
      columns.causes.add(instance.hasCausal ? causesText(instance.causes[place] ?? []) : null);
      seen.add(step.activity);
      row++;
    });
  }
  return closeColumns('steps', rows, columns);
}

/** JSON of `[step, causal, waitUs, workUs]` each, and `overlapUs` behind them where it is not 0. */
function causesText(causes: readonly Cause[]): string {
  const parts = causes.map(({ step, evidence, waitUs, workUs, overlapUs }) => {
    const overlap = overlapUs === 0 ? '' : `,${overlapUs}`;
    return `[${step},${evidence === 'causal' ? 1 : 0},${waitUs},${workUs}${overlap}]`;
  });
  return `[${parts.join(',')}]`;
}

/** Where an instance has no causal evidence, both views are the same rows. */
function transitionColumns(
  instances: readonly InstanceDocument[],
  names: Names,
): TableColumns<'transitions'> {
  const rows = sumOf(instances, ({ successions, hasCausal, causes }) =>
    hasCausal ? successions.length + sumOf(causes, (list) => list.length) : successions.length,
  );
  const columns = openColumns('transitions', rows);
  let row = 0;
  for (const instance of instances) {
    const flow = names.number(instance.flow);
    const clock = instance.hasCausal ? TEMPORAL_BIT : TEMPORAL_BIT | CAUSAL_BIT;
    row = addView(columns, row, { instance, flow, names, views: clock }, byClock(instance));
    if (instance.hasCausal)
      row = addView(columns, row, { instance, flow, names, views: CAUSAL_BIT }, instance.causes);
  }
  return closeColumns('transitions', rows, columns);
}

function byClock({ successions }: InstanceDocument): readonly (readonly Cause[])[] {
  return [[], ...successions.map((cause) => [cause])];
}

type ViewOf = {
  readonly instance: InstanceDocument;
  readonly flow: number;
  readonly names: Names;
  readonly views: number;
};

/** @returns the row after the last. */
function addView(
  columns: OpenColumns<'transitions'>,
  firstRow: number,
  { instance, flow, names, views }: ViewOf,
  causes: readonly (readonly Cause[])[],
): number {
  let row = firstRow;
  const activities = instance.steps.map((step) => names.number(step.activity));
  const same = firstPlaces(activities);
  const leaving = new Uint32Array(activities.length);
  for (const list of causes) for (const { step } of list) leaving[step] = (leaving[step] ?? 0) + 1;
  const seen = new Set<number>();
  causes.forEach((list, place) => {
    for (const cause of list) {
      const from = activities[cause.step] ?? 0;
      const to = activities[place] ?? 0;
      const pair = (same[cause.step] ?? 0) * activities.length + (same[place] ?? 0);
      columns.no[row] = instance.no;
      columns.flow[row] = flow;
      columns.views[row] = views;
      columns.from_activity[row] = from;
      columns.to_activity[row] = to;
      columns.wait_us[row] = cause.waitUs;
      columns.work_us[row] = cause.workUs;
      columns.is_causal[row] = cause.evidence === 'causal' ? 1 : 0;
      columns.is_first[row] = seen.has(pair) ? 0 : 1;
      columns.is_forked[row] = (leaving[cause.step] ?? 0) > 1 ? 1 : 0;
      columns.is_overlap[row] = cause.overlapUs > 0 ? 1 : 0;
      columns.skew_us[row] = cause.skew?.atLeastUs ?? Number.NaN;
      if (cause.skew !== undefined) {
        columns.skew_from[row] = names.number(instance.steps[cause.step]?.service ?? '');
        columns.skew_to[row] = names.number(cause.skew.service);
      }
      seen.add(pair);
      row++;
    }
  });
  return row;
}

/** For each place the first that has the same activity. */
function firstPlaces(activities: readonly number[]): number[] {
  const first = new Map<number, number>();
  return activities.map((activity, place) => {
    const known = first.get(activity);
    if (known === undefined) first.set(activity, place);
    return known ?? place;
  });
}

function sumOf<T>(list: readonly T[], count: (item: T) => number): number {
  return list.reduce((sum, item) => sum + count(item), 0);
}
