import type { DuckDBValue } from '@duckdb/node-api';
import type {
  ActivityFigures,
  ChainFigures,
  ChainQuery,
  SkewFigures,
  StateFigures,
  TransitionFigures,
  View,
} from '../store.ts';
import { ERROR_STATUS, KINDS, STATES, wordOf } from './codes.ts';
import { type Condition, filterCondition, OPEN, stateSql } from './filter.ts';
import type { Names } from './names.ts';
import type { Readable } from './readers.ts';
import { CAUSAL_BIT, TEMPORAL_BIT } from './schema.ts';

const SKEWS_MAX = 100;

/** Rows of a table of steps or transitions that belong to the selected instances. */
export type Selection = { readonly sql: string; readonly values: readonly DuckDBValue[] };

/** Without a filter the flow alone selects, and no join is needed. */
export function selectionOf(flow: number, condition: Condition): Selection {
  if (condition.empty) return { sql: `flow = ${flow}`, values: [] };
  return {
    sql: `flow = ${flow} AND no IN (SELECT no FROM instances WHERE flow = ${flow} AND ${condition.sql})`,
    values: condition.values,
  };
}

export async function viewOf(connection: Readable, flow: number, asked: View | undefined): Promise<View> {
  if (asked !== undefined) return asked;
  const found = await rowsOf(
    connection,
    `SELECT 1 FROM instances WHERE flow = ${flow} AND has_causal LIMIT 1`,
    [],
  );
  return found.length > 0 ? 'causal' : 'temporal';
}

export async function rowsOf(
  connection: Readable,
  sql: string,
  values: readonly DuckDBValue[],
): Promise<DuckDBValue[][]> {
  const reader = await connection.runAndReadAll(sql, [...values]);
  return reader.getRows();
}

export async function chainOf(connection: Readable, names: Names, query: ChainQuery): Promise<ChainFigures> {
  const flow = names.find(query.flow);
  const view = await viewOf(connection, flow, query.view);
  const condition = filterCondition(query.filter, view, query.nowUs, names);
  const selection = selectionOf(flow, condition);
  const [totals] = await rowsOf(
    connection,
    `SELECT count(*), coalesce(sum(events), 0), count(DISTINCT ${view}), ${countsByState(query.nowUs)},
       coalesce(avg(last_us - start_us), 0), quantile_cont(last_us - start_us, [0.5, 0.95])
     FROM instances WHERE flow = ${flow} AND ${condition.sql}`,
    condition.values,
  );
  const counts = (totals ?? []).map(Number);
  const [p50, p95] = quantiles(totals?.[8]);
  return {
    view,
    instances: counts[0] ?? 0,
    states: stateFigures(counts[0] ?? 0, counts.slice(3, 7)),
    durationUs: { mean: counts[7] ?? 0, p50, p95 },
    events: counts[1] ?? 0,
    activities: await activitiesOf(connection, names, selection, query),
    transitions: await transitionsOf(connection, names, selection, view),
    skews: await skewsOf(connection, names, selection),
    variants: counts[2] ?? 0,
    approximate: [],
  };
}

/** A count for each of `STATES`, in SQL. */
export function countsByState(nowUs: number): string {
  return STATES.map((_, state) => `count_if((${stateSql(nowUs)}) = ${state})`).join(', ');
}

/** @param counts in the order of `STATES`. */
export function stateFigures(total: number, counts: readonly number[]): StateFigures {
  const [open = 0, completed = 0, failed = 0, stuck = 0] = counts;
  return { total, open, completed, failed, stuck };
}

async function activitiesOf(
  connection: Readable,
  names: Names,
  selection: Selection,
  query: ChainQuery,
): Promise<ActivityFigures[]> {
  const figures = await rowsOf(
    connection,
    `SELECT activity, count(*), count_if(is_first), count_if(is_start), count_if(is_end),
       count_if(status = ${ERROR_STATUS}), avg(duration_us), quantile_cont(duration_us, [0.5, 0.95]), mode(kind)
     FROM steps WHERE ${selection.sql} GROUP BY activity ORDER BY 2 DESC, activity`,
    selection.values,
  );
  const services = await mostFrequent(connection, names, selection, 'service');
  const consumers = await mostFrequent(connection, names, selection, 'consumers');
  const stuck = await rowsOf(
    connection,
    `SELECT due_after, count(*) FROM instances WHERE ${selection.sql} AND state = ${OPEN}
       AND due_us < ${Math.floor(query.nowUs)} GROUP BY due_after`,
    selection.values,
  );
  const stuckAfter = new Map(stuck.map((row) => [Number(row[0]), Number(row[1])]));
  return figures.map((row) => {
    const activity = Number(row[0]);
    const [p50, p95] = quantiles(row[7]);
    return {
      activity: names.word(activity),
      services: services.get(activity) ?? [],
      consumers: consumers.get(activity) ?? [],
      kind: wordOf(KINDS, row[8]),
      count: Number(row[1]),
      instances: Number(row[2]),
      starts: Number(row[3]),
      ends: Number(row[4]),
      errors: Number(row[5]),
      durationUs: { mean: Number(row[6]), p50, p95 },
      stuckAfter: stuckAfter.get(activity) ?? 0,
    };
  });
}

/** Services, or consuming services, per activity, the most frequent first. */
async function mostFrequent(
  connection: Readable,
  names: Names,
  selection: Selection,
  column: 'service' | 'consumers',
): Promise<Map<number, string[]>> {
  const rows = await rowsOf(
    connection,
    `SELECT activity, ${column}, count(*) FROM steps WHERE ${selection.sql} AND ${column} IS NOT NULL
     GROUP BY ALL ORDER BY 3 DESC, 1, 2`,
    selection.values,
  );
  const found = new Map<number, string[]>();
  for (const [activity, value] of rows) {
    const list = found.get(Number(activity)) ?? [];
    for (const word of wordsOf(value, names)) if (!list.includes(word)) list.push(word);
    found.set(Number(activity), list);
  }
  return found;
}

/** The words behind a number, or behind a list like `,3,17,`. */
export function wordsOf(value: DuckDBValue | undefined, names: Names): string[] {
  return String(value ?? '')
    .split(',')
    .filter((no) => no !== '' && no !== '0')
    .map((no) => names.word(no));
}

async function transitionsOf(
  connection: Readable,
  names: Names,
  selection: Selection,
  view: View,
): Promise<TransitionFigures[]> {
  const bit = view === 'causal' ? CAUSAL_BIT : TEMPORAL_BIT;
  const rows = await rowsOf(
    connection,
    `SELECT from_activity, to_activity, count(*), count_if(is_first), avg(wait_us),
       quantile_cont(wait_us, [0.5, 0.95]), min(wait_us), max(wait_us), avg(work_us), count_if(is_causal),
       count_if(is_forked), count_if(is_overlap), coalesce(max(skew_us), 0)
     FROM transitions WHERE ${selection.sql} AND views & ${bit} <> 0
     GROUP BY from_activity, to_activity ORDER BY 3 DESC, 1, 2`,
    selection.values,
  );
  return rows.map((row) => {
    const [p50, p95] = quantiles(row[5]);
    const count = Number(row[2]);
    const causal = Number(row[9]);
    return {
      from: names.word(row[0]),
      to: names.word(row[1]),
      count,
      instances: Number(row[3]),
      waitUs: { mean: Number(row[4]), p50, p95, min: Number(row[6]), max: Number(row[7]) },
      workUs: { mean: Number(row[8]) },
      evidence: { causal, temporal: count - causal },
      forked: Number(row[10]),
      overlaps: Number(row[11]),
      skewUs: Number(row[12]),
    };
  });
}

/** Whichever view was asked for: only causes tell of it. The widest first, and not more than a person looks at. */
async function skewsOf(connection: Readable, names: Names, selection: Selection): Promise<SkewFigures[]> {
  const rows = await rowsOf(
    connection,
    `SELECT skew_from, skew_to, count(*), max(skew_us) FROM transitions
     WHERE ${selection.sql} AND skew_us IS NOT NULL AND views & ${CAUSAL_BIT} <> 0
     GROUP BY skew_from, skew_to ORDER BY 4 DESC, 1, 2 LIMIT ${SKEWS_MAX}`,
    selection.values,
  );
  return rows.map((row) => ({
    from: names.word(row[0]),
    to: names.word(row[1]),
    count: Number(row[2]),
    atLeastUs: Number(row[3]),
  }));
}

/** A list of two numbers, as the database gives it. */
export function quantiles(value: DuckDBValue | undefined): [p50: number, p95: number] {
  const items = listItems(value);
  return [Number(items[0] ?? 0), Number(items[1] ?? 0)];
}

export function listItems(value: DuckDBValue | undefined): readonly DuckDBValue[] {
  return typeof value === 'object' && value !== null && 'items' in value
    ? (value.items as readonly DuckDBValue[])
    : [];
}
