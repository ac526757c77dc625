import type { DuckDBValue } from '@duckdb/node-api';
import { engineStateOf } from '../../correlate/engine-state.ts';
import type { AttributeValue, NormalisedEvent, TraceContext } from '../../event/event.ts';
import type { InstanceDetail, MemberRow, SearchHit, StepRow } from '../store.ts';
import { rowsOf, wordsOf } from './chain-query.ts';
import { KINDS, ROLES, RULES, STATUSES, wordOf } from './codes.ts';
import { stateSql } from './filter.ts';
import type { Histories } from './history.ts';
import { causesOf, instanceRow, ROW_COLUMNS } from './instance-query.ts';
import type { Names } from './names.ts';
import { overdueRows } from './overdue-query.ts';
import type { Readable } from './readers.ts';
import type { EventExtra } from './schema.ts';

const MAX_MEMBERS = 5000;
const MAX_HITS = 100;

export async function instanceDetail(
  connection: Readable,
  names: Names,
  histories: Histories,
  id: string,
  nowUs: number,
): Promise<InstanceDetail | undefined> {
  const [row] = await rowsOf(
    connection,
    `SELECT ${ROW_COLUMNS}, ${stateSql(nowUs)}, merged_from, events FROM instances
     WHERE id = $1 OR no IN (SELECT no FROM aliases WHERE id = $1) ORDER BY id = $1 DESC, no LIMIT 1`,
    [id],
  );
  if (row === undefined) return undefined;
  const no = Number(row[0]);
  const overdue = await overdueRows(connection, names, histories, `no = ${no}`, [], nowUs, 1);
  const members = await membersOf(connection, names, no);
  return {
    row: instanceRow(row, names, undefined),
    steps: await stepsOf(connection, names, no, members),
    members,
    membersTotal: Number(row[14]),
    mergedFrom: row[13] === null ? [] : (JSON.parse(String(row[13])) as string[]),
    overdue: overdue[0],
  };
}

async function stepsOf(
  connection: Readable,
  names: Names,
  no: number,
  members: readonly MemberRow[],
): Promise<StepRow[]> {
  const rows = await rowsOf(
    connection,
    `SELECT activity, kind, service, consumers, start_us, start_us + duration_us, status, causes
     FROM steps WHERE no = ${no} ORDER BY place`,
    [],
  );
  const waits = waitsByStep(members);
  return rows.map((row, place) => ({
    activity: names.word(row[0]),
    kind: wordOf(KINDS, row[1]),
    service: names.word(row[2]),
    consumers: wordsOf(row[3], names),
    startUs: Number(row[4]),
    // NULL: it has not ended.
    endUs: Number(row[5] ?? row[4]),
    open: row[5] === null,
    waitsFor: waits.get(place) ?? [],
    status: wordOf(STATUSES, row[6]),
    causes: causesOf(row[7]) ?? successionOf(rows, place),
  }));
}

function waitsByStep(members: readonly MemberRow[]): Map<number, string[]> {
  const found = new Map<number, string[]>();
  const open = new Set(engineStateOf(members.map(({ event }) => event))?.waits);
  for (const { event, step } of members) {
    if (event.engine === undefined || !open.has(event)) continue;
    found.set(step, [...(found.get(step) ?? []), event.engine.waitsFor]);
  }
  return found;
}

/** Without causal evidence each step follows the one before it. */
function successionOf(rows: readonly DuckDBValue[][], place: number): StepRow['causes'] {
  if (place === 0) return [];
  const waitUs = Number(rows[place]?.[4] ?? 0) - Number(rows[place - 1]?.[5] ?? 0);
  return [
    {
      step: place - 1,
      evidence: 'temporal',
      waitUs: Math.max(0, waitUs),
      workUs: 0,
      overlapUs: Math.max(0, -waitUs),
    },
  ];
}

const EVENT_COLUMNS = `e.id, e.scope, e.source, e.type, e.kind, e.time_us, e.time_ns, e.duration_us, e.service, e.peer,
  e.status, e.parent_span, e.role, e.destination, e.keys, e.attributes, e.sequence, e.received_us, e.declared_flow, e.extra`;

async function membersOf(connection: Readable, names: Names, no: number): Promise<MemberRow[]> {
  const rows = await rowsOf(
    connection,
    `SELECT ${EVENT_COLUMNS}, m.rule, m.step FROM members m JOIN events e ON e.no = m.event WHERE m.no = ${no}
     ORDER BY e.time_us, e.time_ns, e.source, e.sequence, e.id LIMIT ${MAX_MEMBERS}`,
    [],
  );
  return rows.map((row) => ({
    event: eventOf(row, names),
    rule: wordOf(RULES, row[20]),
    step: Number(row[21]),
  }));
}

function eventOf(row: readonly DuckDBValue[], names: Names): NormalisedEvent {
  const id = String(row[0]);
  const role = wordOf(ROLES, row[12]);
  const extra = parsed<EventExtra>(row[19]) ?? {};
  return {
    id,
    scope: names.word(row[1]),
    source: names.word(row[2]),
    type: names.word(row[3]),
    kind: wordOf(KINDS, row[4]),
    timeUs: Number(row[5]),
    timeNs: Number(row[6]),
    durationUs: Number(row[7]),
    service: names.word(row[8]),
    peer: names.word(row[9]),
    status: wordOf(STATUSES, row[10]),
    error: extra.error,
    trace: row[11] === null ? undefined : traceOf(id, String(row[11]), extra),
    message:
      role === '' ? undefined : { role, destination: names.word(row[13]), messageId: extra.messageId ?? '' },
    ...(extra.engine && { engine: extra.engine }),
    keys: parsed<Record<string, string[]>>(row[14]) ?? {},
    attributes: parsed<Record<string, AttributeValue>>(row[15]) ?? {},
    sequence: Number(row[16]),
    receivedAtUs: Number(row[17]),
    flags: extra.flags ?? [],
    declaredFlow: names.word(row[18]),
  };
}

/** A span's id is `traceId:spanId`; a record of an engine says both beside; events without a trace have no parent column. */
function traceOf(id: string, parentSpanId: string, extra: EventExtra): TraceContext {
  const [traceId = '', spanId = ''] = extra.span ?? id.split(':');
  return { traceId, spanId, parentSpanId, links: extra.links ?? [] };
}

function parsed<T>(value: DuckDBValue | undefined): T | undefined {
  return value === null || value === undefined ? undefined : (JSON.parse(String(value)) as T);
}

/** By any business key, instance id, trace id or event id. */
export async function searchHits(
  connection: Readable,
  names: Names,
  text: string,
  nowUs: number,
): Promise<SearchHit[]> {
  const colon = text.indexOf(':');
  const keyType = colon > 0 ? names.find(text.slice(0, colon)) : -1;
  const asked: [SearchHit['matched'], string, DuckDBValue[]][] = [
    ['instance', 'id = $1 OR no IN (SELECT no FROM aliases WHERE id = $1)', [text]],
    [
      'key',
      'no IN (SELECT no FROM keys WHERE value = $1 OR (key_type = $2 AND value = $3))',
      [text, keyType, text.slice(colon + 1)],
    ],
    ['event', 'no IN (SELECT m.no FROM members m JOIN events e ON e.no = m.event WHERE e.id = $1)', [text]],
  ];
  if (/^[0-9a-f]{32}$/i.test(text)) {
    asked.push([
      'trace',
      `no IN (SELECT m.no FROM members m JOIN events e ON e.no = m.event
        WHERE starts_with(e.id, $1 || ':') OR starts_with(e.extra, '{"span":["' || $1 || '"'))`,
      [text.toLowerCase()],
    ]);
  }
  const hits: SearchHit[] = [];
  for (const [matched, where, values] of asked) {
    const rows = await rowsOf(
      connection,
      `SELECT ${ROW_COLUMNS}, ${stateSql(nowUs)} FROM instances WHERE ${where} ORDER BY start_us DESC LIMIT ${MAX_HITS}`,
      values,
    );
    for (const row of rows) {
      const found = instanceRow(row, names, undefined);
      if (!hits.some((hit) => hit.row.instance === found.instance)) hits.push({ row: found, matched });
    }
  }
  return hits.slice(0, MAX_HITS);
}
