import type { RowMapping, RowValue } from '../../intake/record.ts';
import type { Portion } from './portion.ts';
import type { Rejection } from './report.ts';
import type { RowRun } from './row-run.ts';

/** For a run's columns: why a row will become a dead letter, or `undefined`. `rowRefusal` of the normaliser. */
export type RowRefusal = (
  columns: readonly string[],
  mapping: RowMapping,
) => (row: readonly RowValue[]) => string | undefined;

export type RowLog = {
  readonly importId: string;
  readonly mapping: RowMapping;
  readonly flow: string;
  /** `file:NAME`. */
  readonly source: string;
};

const encoder = new TextEncoder();

/**
 * Runs as portions. A body is usually below 1 MiB; below 8 MiB always, since both the length of a run and that of a single row are
 * bounded in characters.
 */
export async function* rowPortions(
  runs: AsyncIterable<RowRun>,
  log: RowLog,
  refusal: RowRefusal,
): AsyncGenerator<Portion> {
  for await (const run of runs) {
    yield {
      first: run.firstRow,
      count: run.rows.length,
      read: run.rows.length,
      rejections: rejectionsOf(run, refusal(run.columns, log.mapping)),
      records: () => [{ head: headOf(run, log), body: encoder.encode(JSON.stringify(run.rows)) }],
    };
  }
}

function headOf(run: RowRun, log: RowLog) {
  return {
    wire: 'rows',
    source: log.source,
    importId: log.importId,
    flow: log.flow,
    mapping: log.mapping,
    columns: run.columns,
    firstRow: run.firstRow,
  } as const;
}

function rejectionsOf(run: RowRun, refuse: (row: readonly RowValue[]) => string | undefined): Rejection[] {
  const rejections: Rejection[] = [];
  run.rows.forEach((row, index) => {
    const reason = run.faults.get(index) ?? refuse(row);
    if (reason !== undefined) rejections.push({ line: run.lines[index] ?? 0, reason });
  });
  return rejections;
}
