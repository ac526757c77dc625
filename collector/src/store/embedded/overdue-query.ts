import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { LastError, Pending } from '../../correlate/instance.ts';
import type { OverdueQuery, OverdueRow, Page } from '../store.ts';
import { listItems, rowsOf, viewOf } from './chain-query.ts';
import { Condition, filterCondition, OPEN, stateSql } from './filter.ts';
import { instanceRow, ROW_COLUMNS, readCursor, writeCursor } from './instance-query.ts';
import type { Names } from './names.ts';
import { CAUSAL_BIT, TEMPORAL_BIT } from './schema.ts';

export async function overduePage(
  connection: DuckDBConnection,
  names: Names,
  query: OverdueQuery,
): Promise<Page<OverdueRow>> {
  const condition = new Condition();
  if (query.flow !== undefined) {
    const flow = names.find(query.flow);
    const view = await viewOf(connection, flow, undefined);
    const filter = filterCondition(query.filter, view, query.nowUs, names);
    condition.and(`flow = ${flow} AND ${filter.sql}`, ...filter.values);
  }
  if (query.among !== undefined) {
    const marks = query.among.map(() => '?').join(', ');
    condition.and(marks === '' ? 'false' : `id IN (${marks})`, ...query.among);
  }
  const overdue = `state = ${OPEN} AND due_us < ${Math.floor(query.nowUs)}`;
  const [count] = await rowsOf(
    connection,
    `SELECT count(*) FROM instances WHERE ${overdue} AND ${condition.sql}`,
    condition.values,
  );
  if (query.page.cursor !== undefined) {
    const [dueUs, no] = readCursor(query.page.cursor, 2);
    condition.and('(due_us > ? OR (due_us = ? AND no > ?))', dueUs, dueUs, no);
  }
  const limit = query.page.limit;
  const rows = await overdueRows(connection, names, condition.sql, condition.values, query.nowUs, limit + 1);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    total: Number(count?.[0] ?? 0),
    next: rows.length > items.length && last ? writeCursor([last.pending.dueUs, last.no]) : undefined,
  };
}

/** The overdue among the instances that the condition selects, the longest overdue first. */
export async function overdueRows(
  connection: DuckDBConnection,
  names: Names,
  where: string,
  values: readonly DuckDBValue[],
  nowUs: number,
  limit: number,
): Promise<(OverdueRow & { no: number })[]> {
  const rows = await rowsOf(
    connection,
    `SELECT ${ROW_COLUMNS}, ${stateSql(nowUs)}, pending, last_error FROM instances
     WHERE state = ${OPEN} AND due_us < ${Math.floor(nowUs)} AND ${where} ORDER BY due_us, no LIMIT ${limit}`,
    values,
  );
  const histories = new Map<string, History>();
  const found: (OverdueRow & { no: number })[] = [];
  for (const row of rows) {
    const pending = JSON.parse(String(row[13])) as Pending;
    const flow = Number(row[2]);
    const key = JSON.stringify([flow, pending.activity, pending.next]);
    let history = histories.get(key);
    if (history === undefined) {
      history = await historyOf(connection, names, flow, pending);
      histories.set(key, history);
    }
    found.push({
      no: Number(row[0]),
      row: instanceRow(row, names, undefined),
      pending,
      lastError: row[14] === null ? undefined : (JSON.parse(String(row[14])) as LastError),
      expected: history.expected,
      percentile: percentileOf(nowUs - pending.sinceUs, history.quantiles),
    });
  }
  return found;
}

const PERMILLES = Array.from({ length: 1001 }, (_, i) => i / 1000).join(', ');

type History = {
  readonly expected: OverdueRow['expected'];
  /** 1,001 quantiles of the earlier times from the step to an expected one, or none. */
  readonly quantiles: readonly number[];
};

async function historyOf(
  connection: DuckDBConnection,
  names: Names,
  flow: number,
  pending: Pending,
): Promise<History> {
  const next = pending.next.map((activity) => names.find(activity));
  const done = await rowsOf(
    connection,
    `SELECT activity, first(service ORDER BY n DESC, service), max(n) / sum(n) FROM
       (SELECT activity, service, count(*) AS n FROM steps
        WHERE flow = ${flow} AND activity IN (${next.join(', ')}) AND service <> 0 GROUP BY activity, service)
     GROUP BY activity ORDER BY sum(n) DESC, activity`,
    [],
  );
  const expected = done.map((row) => ({
    activity: names.word(row[0]),
    service: names.word(row[1]),
    share: Number(row[2]),
  }));
  for (const activity of pending.next) {
    if (!expected.some((each) => each.activity === activity))
      expected.push({ activity, service: '', share: 0 });
  }
  const view = await viewOf(connection, flow, undefined);
  const [waits] = await rowsOf(
    connection,
    `SELECT quantile_disc(wait_us + work_us, [${PERMILLES}]) FROM transitions
     WHERE flow = ${flow} AND from_activity = ${names.find(pending.activity)} AND to_activity IN (${next.join(', ')})
       AND views & ${view === 'causal' ? CAUSAL_BIT : TEMPORAL_BIT} <> 0`,
    [],
  );
  return { expected, quantiles: listItems(waits?.[0]).map(Number) };
}

/** 0 to 100 in steps of a tenth: how many of the earlier waits were shorter. */
function percentileOf(elapsedUs: number, quantiles: readonly number[]): number | undefined {
  if (quantiles.length === 0) return undefined;
  let low = 0;
  let high = quantiles.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((quantiles[middle] ?? 0) < elapsedUs) low = middle + 1;
    else high = middle;
  }
  return Math.min(100, (low / (quantiles.length - 1)) * 100);
}
