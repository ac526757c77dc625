import type { RowValue } from '../../intake/record.ts';

/** Consecutive rows of a log with the columns that they have: what one intake record carries. */
export type RowRun = {
  readonly columns: readonly string[];
  /** As long as `columns`, with `null` for a missing value; a CSV row of another length stands as it came. */
  readonly rows: readonly (readonly RowValue[])[];
  /** 1-based number of the first row among the rows kept of this log. */
  readonly firstRow: number;
  /** The line at which each row begins in the decompressed file. */
  readonly lines: readonly number[];
  /** Index in `rows` → why that row could not be taken apart. It stands as one cell that holds its text. */
  readonly faults: ReadonlyMap<number, string>;
};

export const RUN_ROWS_MAX = 4000;
/** Estimated characters of a run's JSON. Only a single row that is larger makes a larger run. */
export const RUN_LENGTH_MAX = 768 * 1024;
/** Characters of one row or one XML element: far above any real one, and what bounds memory. */
export const ROW_LENGTH_MAX = 1024 * 1024;
