import type { DuckDBConnection } from '@duckdb/node-api';
import type { Cause } from '../../correlate/causes.ts';
import type { InstanceDocument } from '../../correlate/instance.ts';
import type { StoreBatch, StoredEvent } from '../store.ts';
import { codeOf, KINDS, ROLES, RULES, STATES, STATUSES } from './codes.ts';
import type { Names } from './names.ts';
import { CAUSAL_BIT, type EventExtra, INSTANCE_TABLES, type TableName, TEMPORAL_BIT } from './schema.ts';
import { TableWriter } from './table-writer.ts';

/** Writes a batch within the connection's open transaction. Events up to `appliedEventNo` are there already. */
export async function writeBatch(
  connection: DuckDBConnection,
  names: Names,
  batch: StoreBatch,
  appliedEventNo: number,
): Promise<void> {
  await removeInstances(connection, [...batch.replaced, ...batch.removed]);
  await removeDeadLetters(connection, batch);
  const open = <T extends TableName>(table: T) => TableWriter.open(connection, table);
  const writers = {
    events: await open('events'),
    instances: await open('instances'),
    keys: await open('keys'),
    aliases: await open('aliases'),
    steps: await open('steps'),
    transitions: await open('transitions'),
    members: await open('members'),
    deadLetters: await open('dead_letters'),
  };
  for (const event of batch.events) if (event.no > appliedEventNo) addEvent(writers.events, names, event);
  for (const instance of batch.instances) addInstance(writers, names, instance);
  addDeadLetters(writers.deadLetters, batch);
  for (const writer of Object.values(writers)) writer.close();
  await names.flush(connection);
}

type Writers = {
  readonly [T in 'instances' | 'keys' | 'aliases' | 'steps' | 'transitions' | 'members']: TableWriter<T>;
};

async function removeInstances(connection: DuckDBConnection, numbers: readonly number[]): Promise<void> {
  if (numbers.length === 0) return;
  await connection.run('DELETE FROM replaced');
  const appender = await connection.createAppender('replaced', null, 'temp');
  for (const no of numbers) {
    appender.appendDouble(no);
    appender.endRow();
  }
  appender.closeSync();
  // Numbers grow, so what is replaced lies together: the bounds spare reading the parts of the tables that are older.
  const first = numbers.reduce((a, b) => Math.min(a, b));
  const last = numbers.reduce((a, b) => Math.max(a, b));
  for (const table of INSTANCE_TABLES) {
    await connection.run(
      `DELETE FROM ${table} WHERE no BETWEEN ${first} AND ${last} AND no IN (SELECT no FROM replaced)`,
    );
  }
}

/** The same dead letter is written once, also when its request is replayed. */
async function removeDeadLetters(connection: DuckDBConnection, batch: StoreBatch): Promise<void> {
  for (const letter of batch.deadLetters) {
    await connection.run('DELETE FROM dead_letters WHERE id = $1', [letter.id]);
  }
}

function addDeadLetters(writer: TableWriter<'dead_letters'>, batch: StoreBatch): void {
  for (const letter of batch.deadLetters) {
    writer.add({
      id: letter.id,
      source: letter.source,
      received_us: letter.receivedAtUs,
      reason: letter.reason,
      content: letter.content,
    });
  }
}

function addEvent(writer: TableWriter<'events'>, names: Names, { no, event }: StoredEvent): void {
  const { trace, message } = event;
  writer.add({
    no,
    id: event.id,
    scope: names.number(event.scope),
    source: names.number(event.source),
    type: names.number(event.type),
    kind: codeOf(KINDS, event.kind),
    time_us: event.timeUs,
    time_ns: event.timeNs,
    duration_us: event.durationUs,
    service: names.number(event.service),
    peer: names.number(event.peer),
    status: codeOf(STATUSES, event.status),
    parent_span: trace === undefined ? null : trace.parentSpanId,
    role: codeOf(ROLES, message?.role ?? ''),
    destination: names.number(message?.destination ?? ''),
    keys: JSON.stringify(event.keys),
    attributes: JSON.stringify(event.attributes),
    sequence: event.sequence,
    received_us: event.receivedAtUs,
    declared_flow: names.number(event.declaredFlow),
    extra: extraOf(event),
  });
}

/** What few events have, in one column: every column that is mostly empty costs as much as a full one to write. */
function extraOf(event: StoredEvent['event']): string | null {
  const extra: EventExtra = {
    ...(event.error && { error: event.error }),
    ...(event.trace && event.trace.links.length > 0 && { links: event.trace.links }),
    ...(event.message && event.message.messageId !== '' && { messageId: event.message.messageId }),
    ...(event.flags.length > 0 && { flags: event.flags }),
  };
  for (const _ in extra) return JSON.stringify(extra);
  return null;
}

function addInstance(writers: Writers, names: Names, instance: InstanceDocument): void {
  const no = instance.no;
  const flow = names.number(instance.flow);
  const pending = instance.pending;
  writers.instances.add({
    no,
    id: instance.instance,
    flow,
    scope: names.number(instance.scope),
    generation: 1,
    start_us: instance.startUs,
    last_us: instance.lastUs,
    state: codeOf(STATES, instance.state),
    steps: instance.steps.length,
    events: instance.members.length,
    last_activity: names.number(instance.steps.at(-1)?.activity ?? ''),
    services: listOf(instance.services, names),
    has_causal: instance.hasCausal,
    temporal: BigInt(`0x${instance.temporal.variant}`),
    causal: BigInt(`0x${instance.causal.variant}`),
    keys: JSON.stringify(instance.keys),
    due_us: pending === undefined ? null : pending.dueUs,
    due_after: pending === undefined ? null : names.number(pending.activity),
    pending: pending === undefined ? null : JSON.stringify(pending),
    last_error: instance.lastError === undefined ? null : JSON.stringify(instance.lastError),
    merged_from: instance.mergedFrom.length === 0 ? null : JSON.stringify(instance.mergedFrom),
  });
  for (const key of instance.keys) {
    const colon = key.indexOf(':');
    writers.keys.add({ no, key_type: names.number(key.slice(0, colon)), value: key.slice(colon + 1) });
  }
  for (const id of instance.aliases) writers.aliases.add({ no, id });
  for (const member of instance.members) {
    writers.members.add({
      no,
      event: member.event.no,
      rule: codeOf(RULES, member.rule),
      step: member.step,
    });
  }
  addSteps(writers.steps, names, instance, no, flow);
  addTransitions(writers.transitions, names, instance, no, flow);
}

/** `,3,17,`: so that one LIKE finds a number. */
function listOf(words: readonly string[], names: Names): string {
  return words.length === 0 ? '' : `,${words.map((word) => names.number(word)).join(',')},`;
}

function addSteps(
  writer: TableWriter<'steps'>,
  names: Names,
  instance: InstanceDocument,
  no: number,
  flow: number,
): void {
  const seen = new Set<string>();
  const last = instance.steps.length - 1;
  instance.steps.forEach((step, place) => {
    const causes = instance.hasCausal ? (instance.causes[place] ?? []) : undefined;
    writer.add({
      no,
      place,
      flow,
      activity: names.number(step.activity),
      kind: codeOf(KINDS, step.kind),
      service: names.number(step.service),
      consumers: step.consumers.length === 0 ? null : listOf(step.consumers, names),
      start_us: step.startUs,
      duration_us: step.endUs - step.startUs,
      status: codeOf(STATUSES, step.status),
      is_first: !seen.has(step.activity),
      is_start: place === 0,
      is_end: place === last,
      causes: causes === undefined ? null : JSON.stringify(causes.map(causeOf)),
    });
    seen.add(step.activity);
  });
}

function causeOf(cause: Cause): [step: number, causal: 0 | 1, waitUs: number, workUs: number] {
  return [cause.step, cause.evidence === 'causal' ? 1 : 0, cause.waitUs, cause.workUs];
}

/** Where an instance has no causal evidence, both views are the same rows. */
function addTransitions(
  writer: TableWriter<'transitions'>,
  names: Names,
  instance: InstanceDocument,
  no: number,
  flow: number,
): void {
  const clock = instance.hasCausal ? TEMPORAL_BIT : TEMPORAL_BIT | CAUSAL_BIT;
  addView(clock, [[], ...instance.successions.map((cause) => [cause])]);
  if (instance.hasCausal) addView(CAUSAL_BIT, instance.causes);

  function addView(views: number, causes: readonly (readonly Cause[])[]): void {
    const seen = new Set<string>();
    const leaving = new Map<number, number>();
    for (const list of causes) for (const { step } of list) leaving.set(step, (leaving.get(step) ?? 0) + 1);
    causes.forEach((list, place) => {
      const to = instance.steps[place]?.activity ?? '';
      for (const cause of list) {
        const from = instance.steps[cause.step]?.activity ?? '';
        const pair = `${from}\0${to}`;
        writer.add({
          no,
          flow,
          views,
          from_activity: names.number(from),
          to_activity: names.number(to),
          wait_us: cause.waitUs,
          work_us: cause.workUs,
          is_causal: cause.evidence === 'causal',
          is_first: !seen.has(pair),
          is_forked: (leaving.get(cause.step) ?? 0) > 1,
        });
        seen.add(pair);
      }
    });
  }
}
