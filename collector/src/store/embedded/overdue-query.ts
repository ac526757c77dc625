import type { DuckDBValue } from '@duckdb/node-api';
import type { LastError, Pending } from '../../correlate/instance.ts';
import type { OverdueQuery, OverdueRow, Page } from '../store.ts';
import { rowsOf, viewOf } from './chain-query.ts';
import { Condition, filterCondition, OPEN, stateSql } from './filter.ts';
import { type Histories, type History, historyKey, percentileOf } from './history.ts';
import { instanceRow, ROW_COLUMNS, readCursor, writeCursor } from './instance-query.ts';
import type { Names } from './names.ts';
import type { Readable } from './readers.ts';

export async function overduePage(
  connection: Readable,
  names: Names,
  histories: Histories,
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
  const rows = await overdueRows(
    connection,
    names,
    histories,
    condition.sql,
    condition.values,
    query.nowUs,
    limit + 1,
  );
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
  connection: Readable,
  names: Names,
  histories: Histories,
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
  const ofThisPage = new Map<string, History>();
  const found: (OverdueRow & { no: number })[] = [];
  for (const row of rows) {
    const pending = JSON.parse(String(row[13])) as Pending;
    const flow = Number(row[2]);
    const key = historyKey(flow, pending);
    const history = ofThisPage.get(key) ?? (await histories.of(connection, flow, pending));
    ofThisPage.set(key, history);
    found.push({
      no: Number(row[0]),
      row: instanceRow(row, names, undefined),
      pending,
      lastError: row[14] === null ? undefined : (JSON.parse(String(row[14])) as LastError),
      expected: history.expected,
      percentile: percentileOf(nowUs - pending.sinceUs, history),
    });
  }
  return found;
}
