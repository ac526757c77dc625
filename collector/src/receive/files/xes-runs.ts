import type { RowValue } from '../../intake/record.ts';
import { type RowRun, RUN_LENGTH_MAX, RUN_ROWS_MAX } from './row-run.ts';

export type NamedValue = readonly [name: string, value: RowValue];

/** What a missing cell costs in JSON: `null,`. */
const EMPTY_LENGTH = 5;
const NUMBER_LENGTH = 8;

/**
 * Gathers events into runs whose columns are those that its events have. The attributes of a trace are written into the rows
 * of its events when they are known: XES puts them first, but not every writer does.
 */
export class XesRuns {
  #columns = new Map<string, number>();
  #rows: RowValue[][] = [];
  #lines: number[] = [];
  #firstRow = 1;
  #length = 0;

  get rowCount(): number {
    return this.#rows.length;
  }

  get isFull(): boolean {
    const empty = this.#rows.length * this.#columns.size * EMPTY_LENGTH;
    return this.#rows.length >= RUN_ROWS_MAX || this.#length + empty >= RUN_LENGTH_MAX;
  }

  addRow(values: readonly NamedValue[], line: number): void {
    const row: RowValue[] = [];
    this.#rows.push(row);
    this.#lines.push(line);
    for (const [name, value] of values) this.#set(row, name, value);
  }

  /** Writes the values into the rows from index `from` on. */
  setInRows(from: number, values: readonly NamedValue[]): void {
    for (let index = from; index < this.#rows.length; index += 1) {
      const row = this.#rows[index];
      if (row === undefined) continue;
      for (const [name, value] of values) this.#set(row, name, value);
    }
  }

  /** What is gathered, if anything; begins a new run. */
  take(): RowRun[] {
    if (this.#rows.length === 0) return [];
    const width = this.#columns.size;
    for (const row of this.#rows) while (row.length < width) row.push(null);
    const run: RowRun = {
      columns: [...this.#columns.keys()],
      rows: this.#rows,
      firstRow: this.#firstRow,
      lines: this.#lines,
      faults: new Map(),
    };
    this.#firstRow += this.#rows.length;
    this.#columns = new Map();
    this.#rows = [];
    this.#lines = [];
    this.#length = 0;
    return [run];
  }

  #set(row: RowValue[], name: string, value: RowValue): void {
    let index = this.#columns.get(name);
    if (index === undefined) {
      index = this.#columns.size;
      this.#columns.set(name, index);
      this.#length += name.length;
    }
    while (row.length < index) row.push(null);
    row[index] = value;
    this.#length += typeof value === 'string' ? value.length + 3 : NUMBER_LENGTH;
  }
}
