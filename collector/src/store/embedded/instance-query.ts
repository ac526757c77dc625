import type { DuckDBValue } from '@duckdb/node-api';
import { causalVariant } from '../../correlate/variant.ts';
import {
  type InstanceQuery,
  type InstanceRow,
  type Page,
  StoreError,
  type VariantFigures,
  type VariantQuery,
  type View,
} from '../store.ts';
import { listItems, quantiles, rowsOf, viewOf, wordsOf } from './chain-query.ts';
import { STATES, wordOf } from './codes.ts';
import { Condition, filterCondition, stateSql } from './filter.ts';
import type { Names } from './names.ts';
import type { Readable } from './readers.ts';

export const ROW_COLUMNS =
  'no, id, flow, keys, start_us, last_us, steps, services, temporal, causal, has_causal, last_activity';

/** A row that was selected as `ROW_COLUMNS` and the state as of now. `view` undefined: causal where it has causes. */
export function instanceRow(row: readonly DuckDBValue[], names: Names, view: View | undefined): InstanceRow {
  const causal = view === undefined ? row[10] === true : view === 'causal';
  return {
    instance: String(row[1]),
    flow: names.word(row[2]),
    keys: JSON.parse(String(row[3])) as string[],
    startUs: Number(row[4]),
    lastUs: Number(row[5]),
    steps: Number(row[6]),
    services: wordsOf(row[7], names),
    variant: variantName(causal ? row[9] : row[8]),
    lastActivity: names.word(row[11]),
    state: wordOf(STATES, row[12]),
  };
}

function variantName(value: DuckDBValue | undefined): string {
  return BigInt(String(value ?? 0))
    .toString(16)
    .padStart(16, '0');
}

export async function instancesPage(
  connection: Readable,
  names: Names,
  query: InstanceQuery,
): Promise<Page<InstanceRow>> {
  const flow = names.find(query.flow);
  const view = await viewOf(connection, flow, query.view);
  const condition = filterCondition(query.filter, view, query.nowUs, names);
  const where = `flow = ${flow} AND ${condition.sql}`;
  const total = await totalOf(connection, where, condition.values);
  const after = new Condition();
  if (query.page.cursor !== undefined) {
    const [startUs, no] = readCursor(query.page.cursor, 2);
    after.and('(start_us < ? OR (start_us = ? AND no < ?))', startUs, startUs, no);
  }
  const rows = await rowsOf(
    connection,
    `SELECT ${ROW_COLUMNS}, ${stateSql(query.nowUs)} FROM instances WHERE ${where} AND ${after.sql}
     ORDER BY start_us DESC, no DESC LIMIT ${query.page.limit + 1}`,
    [...condition.values, ...after.values],
  );
  const page = rows.slice(0, query.page.limit);
  const last = page.at(-1);
  return {
    items: page.map((row) => instanceRow(row, names, view)),
    total,
    next: rows.length > page.length && last ? writeCursor([Number(last[4]), Number(last[0])]) : undefined,
  };
}

async function totalOf(connection: Readable, where: string, values: readonly DuckDBValue[]): Promise<number> {
  const [row] = await rowsOf(connection, `SELECT count(*) FROM instances WHERE ${where}`, values);
  return Number(row?.[0] ?? 0);
}

export function writeCursor(values: readonly number[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** @throws StoreError `invalid-cursor` */
export function readCursor(cursor: string, length: number): [number, number] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(values) && values.length === length && values.every(Number.isSafeInteger)) {
      return values as [number, number];
    }
  } catch {
    // Not JSON: answered below like any other cursor that is not ours.
  }
  throw new StoreError('invalid-cursor', `'${cursor}' is no cursor; take it from 'next' of the page before`);
}

export async function variantsPage(
  connection: Readable,
  names: Names,
  query: VariantQuery,
): Promise<Page<VariantFigures>> {
  const flow = names.find(query.flow);
  const view = await viewOf(connection, flow, query.view);
  const condition = filterCondition(query.filter, view, query.nowUs, names);
  const offset = query.page.cursor === undefined ? 0 : readCursor(query.page.cursor, 2)[0];
  const rows = await rowsOf(
    connection,
    `SELECT ${view}, count(*) AS n, avg(last_us - start_us), quantile_cont(last_us - start_us, [0.5, 0.95]), min(no),
       count(*) OVER (), sum(count(*)) OVER ()
     FROM instances WHERE flow = ${flow} AND ${condition.sql}
     GROUP BY ${view} ORDER BY n DESC, ${view} LIMIT ${query.page.limit} OFFSET ${offset}`,
    condition.values,
  );
  const total = Number(rows[0]?.[5] ?? 0);
  const instances = Number(rows[0]?.[6] ?? 0);
  const ways = await activitiesOfInstances(
    connection,
    names,
    rows.map((row) => Number(row[4])),
    view,
  );
  const items = rows.map((row) => {
    const [p50, p95] = quantiles(row[3]);
    return {
      variant: variantName(row[0]),
      activities: ways.get(Number(row[4])) ?? [],
      instances: Number(row[1]),
      share: instances === 0 ? 0 : Number(row[1]) / instances,
      durationUs: { mean: Number(row[2]), p50, p95 },
    };
  });
  const next = offset + items.length;
  return { items, total, next: next < total ? writeCursor([next, total]) : undefined };
}

/** The way of one instance of each variant stands for all of them. */
async function activitiesOfInstances(
  connection: Readable,
  names: Names,
  numbers: readonly number[],
  view: View,
): Promise<Map<number, readonly string[]>> {
  const ways = new Map<number, readonly string[]>();
  if (numbers.length === 0) return ways;
  const rows = await rowsOf(
    connection,
    `SELECT no, list(activity ORDER BY place), list(causes ORDER BY place) FROM steps
     WHERE no IN (${numbers.join(', ')}) GROUP BY no`,
    [],
  );
  for (const [no, activities, causes] of rows) {
    const way = listItems(activities).map((activity) => names.word(activity));
    const causal = view === 'causal' ? listItems(causes).map((text) => causesOf(text)) : [];
    const known = causal.length > 0 && causal.every((list) => list !== undefined);
    ways.set(
      Number(no),
      known
        ? causalVariant(
            way,
            causal.map((list) => list ?? []),
          ).activities
        : way,
    );
  }
  return ways;
}

/** The causes of a step as stored; undefined where the instance has none but the clock. */
export function causesOf(text: DuckDBValue | undefined) {
  if (text === null || text === undefined) return undefined;
  const tuples = JSON.parse(String(text)) as [number, 0 | 1, number, number, number?][];
  return tuples.map(([step, causal, waitUs, workUs, overlapUs = 0]) => ({
    step,
    evidence: causal === 1 ? ('causal' as const) : ('temporal' as const),
    inferred: false,
    overlapUs,
    skew: undefined,
    waitUs,
    workUs,
  }));
}
