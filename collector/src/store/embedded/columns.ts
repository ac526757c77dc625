import { type ColumnKind, TABLES, type TableName } from './schema.ts';

/** The rows of one table as columns, so that they cross to another thread as a few buffers instead of an object each. */
export type TableColumns<T extends TableName> = {
  readonly table: T;
  readonly rows: number;
  readonly columns: { readonly [C in keyof (typeof TABLES)[T]]: ColumnOf<(typeof TABLES)[T][C]> };
};

type ColumnOf<K> = K extends ColumnKind ? ColumnArrays[K] : never;

type ColumnArrays = {
  readonly number: Float64Array;
  readonly word: Int32Array;
  readonly count: Int32Array;
  readonly small: Int16Array;
  readonly code: Int8Array;
  readonly flag: Uint8Array;
  readonly hash: BigUint64Array;
  readonly text: TextColumn;
};

export type AnyColumn = ColumnArrays[ColumnKind];

/** Texts one after the other: cutting one long text up again is far cheaper than cloning each. */
export type TextColumn = {
  readonly text: string;
  /** In UTF-16 units; -1 for NULL. */
  readonly lengths: Int32Array;
};

/** Fills a text column, row by row in order. */
export class TextBuilder {
  readonly #texts: string[] = [];
  readonly #lengths: Int32Array;
  #row = 0;

  constructor(rows: number) {
    this.#lengths = new Int32Array(rows);
  }

  add(text: string | null): void {
    this.#lengths[this.#row++] = text === null ? -1 : text.length;
    if (text !== null) this.#texts.push(text);
  }

  done(): TextColumn {
    return { text: this.#texts.join(''), lengths: this.#lengths };
  }
}

/** Columns being filled: numbers by row, texts in order. */
export type OpenColumns<T extends TableName> = {
  readonly [C in keyof (typeof TABLES)[T]]: (typeof TABLES)[T][C] extends 'text'
    ? TextBuilder
    : ColumnOf<(typeof TABLES)[T][C]>;
};

const ALLOCATE: { readonly [K in ColumnKind]: (rows: number) => AnyColumn | TextBuilder } = {
  number: (rows) => new Float64Array(rows),
  word: (rows) => new Int32Array(rows),
  count: (rows) => new Int32Array(rows),
  small: (rows) => new Int16Array(rows),
  code: (rows) => new Int8Array(rows),
  flag: (rows) => new Uint8Array(rows),
  hash: (rows) => new BigUint64Array(rows),
  text: (rows) => new TextBuilder(rows),
};

/** Room for exactly so many rows. */
export function openColumns<T extends TableName>(table: T, rows: number): OpenColumns<T> {
  const open = Object.entries(TABLES[table]).map(([name, kind]) => [name, ALLOCATE[kind](rows)]);
  return Object.fromEntries(open) as OpenColumns<T>;
}

export function closeColumns<T extends TableName>(
  table: T,
  rows: number,
  open: OpenColumns<T>,
): TableColumns<T> {
  const closed = Object.entries(open).map(([name, column]) => [
    name,
    column instanceof TextBuilder ? column.done() : column,
  ]);
  return { table, rows, columns: Object.fromEntries(closed) as TableColumns<T>['columns'] };
}

/** The buffers to hand over; the columns are empty for this thread afterwards. */
export function buffersOf(columns: TableColumns<TableName>): ArrayBuffer[] {
  const list: AnyColumn[] = Object.values(columns.columns);
  return list.map((column) => ('lengths' in column ? column.lengths : column).buffer as ArrayBuffer);
}
