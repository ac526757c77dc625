import type { RowMapping } from '../../intake/record.ts';
import { checkColumns, columnNames, type ImportOptions, LIFECYCLE_COLUMN, mappingOf } from './columns.ts';
import { detectDialect } from './csv-dialect.ts';
import { type CsvRow, CsvRows } from './csv-rows.ts';
import { type RowRun, RUN_LENGTH_MAX, RUN_ROWS_MAX } from './row-run.ts';
import { emptyFile } from './stored-file.ts';
import type { ReadingTally } from './tally.ts';

const SAMPLE_LENGTH = 64 * 1024;

/**
 * A CSV log as runs of rows. The first row that is not empty is the header. Empty lines are passed over; every other row comes
 * out, also one that is ragged or whose quotes are broken (see {@link RowRun.faults}). Values stay text.
 *
 * When the text ends with an error, the rows before it come out first.
 */
export async function* readCsv(
  texts: AsyncIterable<string>,
  options: ImportOptions,
  fileName: string,
  tally: ReadingTally,
): AsyncGenerator<RowRun> {
  const mapping = mappingOf(options);
  let reader: CsvRows | undefined;
  let runs: CsvRuns | undefined;
  let sample = '';
  const start = (): CsvRow[] => {
    const dialect = detectDialect(
      sample.slice(0, SAMPLE_LENGTH),
      [mapping.case, mapping.activity, mapping.time, ...(mapping.order === undefined ? [] : [mapping.order])],
      options.separator,
    );
    reader = new CsvRows(dialect.separator, dialect.newline, fileName);
    return reader.push(sample);
  };
  const take = (rows: CsvRow[]): RowRun[] => {
    runs ??= startRuns(rows, mapping, options, fileName, tally);
    return runs?.add(rows) ?? [];
  };
  try {
    for await (const text of texts) {
      if (reader === undefined) sample += text;
      if (reader !== undefined) yield* take(reader.push(text));
      else if (sample.length >= SAMPLE_LENGTH) yield* take(start());
    }
    if (reader === undefined) yield* take(start());
    yield* take(reader?.end() ?? []);
  } catch (error) {
    if (reader === undefined && sample !== '') yield* take(start());
    yield* runs?.rest() ?? [];
    throw error;
  }
  if (runs === undefined) throw emptyFile(fileName);
  yield* runs.rest();
}

/** Takes the header off the rows; `undefined` while there is none yet. */
function startRuns(
  rows: CsvRow[],
  mapping: RowMapping,
  options: ImportOptions,
  fileName: string,
  tally: ReadingTally,
): CsvRuns | undefined {
  const header = rows.shift();
  if (header === undefined) return undefined;
  const columns = columnNames(header.cells);
  checkColumns(columns, mapping, fileName);
  const lifecycleIndex = options.lifecycle === undefined ? -1 : columns.indexOf(LIFECYCLE_COLUMN);
  return new CsvRuns(columns, lifecycleIndex, tally);
}

class CsvRuns {
  readonly #columns: readonly string[];
  readonly #lifecycleIndex: number;
  readonly #tally: ReadingTally;
  #rows: (readonly string[])[] = [];
  #lines: number[] = [];
  #faults = new Map<number, string>();
  #firstRow = 1;
  #length = 0;

  constructor(columns: readonly string[], lifecycleIndex: number, tally: ReadingTally) {
    this.#columns = columns;
    this.#lifecycleIndex = lifecycleIndex;
    this.#tally = tally;
  }

  /** The runs that the rows fill. */
  add(rows: readonly CsvRow[]): RowRun[] {
    const runs: RowRun[] = [];
    for (const row of rows) {
      if (this.#lifecycleIndex >= 0 && !isComplete(row.cells[this.#lifecycleIndex])) {
        this.#tally.skipped += 1;
        continue;
      }
      // In JSON a cell has two quotes more than in the file, as a rule.
      const length = row.length + 2 * row.cells.length + 2;
      if (this.#length + length > RUN_LENGTH_MAX) runs.push(...this.rest());
      if (row.fault !== undefined) this.#faults.set(this.#rows.length, row.fault);
      this.#rows.push(row.cells);
      this.#lines.push(row.line);
      this.#length += length;
      if (this.#rows.length === RUN_ROWS_MAX) runs.push(...this.rest());
    }
    return runs;
  }

  /** What is not handed out yet. */
  rest(): RowRun[] {
    if (this.#rows.length === 0) return [];
    const run: RowRun = {
      columns: this.#columns,
      rows: this.#rows,
      firstRow: this.#firstRow,
      lines: this.#lines,
      faults: this.#faults,
    };
    this.#firstRow += this.#rows.length;
    this.#rows = [];
    this.#lines = [];
    this.#faults = new Map();
    this.#length = 0;
    return [run];
  }
}

function isComplete(transition: string | undefined): boolean {
  const text = transition?.trim().toLowerCase();
  return text === undefined || text === '' || text === 'complete';
}
