import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBValue,
  type DuckDBVector,
} from '@duckdb/node-api';
import type { AnyColumn, TableColumns, TextColumn } from './columns.ts';
import { COLUMN_TYPES, type ColumnKind, TABLES, type TableName } from './schema.ts';

const ROWS_PER_CHUNK = 2048;

/** Appends columns to their table within the connection's transaction. */
export async function writeColumns<T extends TableName>(
  connection: DuckDBConnection,
  { table, rows, columns }: TableColumns<T>,
): Promise<void> {
  if (rows === 0) return;
  const kinds: ColumnKind[] = Object.values(TABLES[table]);
  const readers = (Object.values(columns) as AnyColumn[]).map((column, place) =>
    readerOf(column, kinds[place] ?? 'text'),
  );
  const appender = await connection.createAppender(table);
  for (let from = 0; from < rows; from += ROWS_PER_CHUNK) {
    appendChunk(appender, kinds, readers, from, Math.min(rows, from + ROWS_PER_CHUNK));
  }
  appender.closeSync();
}

/** Puts rows of a column into a vector of the database, beginning with its first place. */
type ColumnReader = (vector: DuckDBVector<DuckDBValue>, from: number, to: number) => void;

function appendChunk(
  appender: DuckDBAppender,
  kinds: readonly ColumnKind[],
  readers: readonly ColumnReader[],
  from: number,
  to: number,
): void {
  const chunk = DuckDBDataChunk.create(
    kinds.map((kind) => COLUMN_TYPES[kind]),
    to - from,
  );
  readers.forEach((read, column) => {
    const vector = chunk.getColumnVector(column) as DuckDBVector<DuckDBValue>;
    read(vector, from, to);
    vector.flush();
  });
  chunk.rowCount = to - from;
  appender.appendDataChunk(chunk);
}

function readerOf(column: AnyColumn, kind: ColumnKind): ColumnReader {
  if ('lengths' in column) return textReader(column);
  if (kind === 'flag') {
    return (vector, from, to) => {
      for (let row = from; row < to; row++) vector.setItem(row - from, column[row] === 1);
    };
  }
  return (vector, from, to) => {
    for (let row = from; row < to; row++) {
      const value = column[row] ?? null;
      // NaN, the one value that differs from itself, stands for NULL.
      // biome-ignore lint/suspicious/noSelfCompare: cheaper than Number.isNaN for a value that may be a bigint.
      vector.setItem(row - from, value === value ? value : null);
    }
  };
}

/** Chunks are read in order, so the place in the long text only ever moves on. */
function textReader({ text, lengths }: TextColumn): ColumnReader {
  let at = 0;
  return (vector, from, to) => {
    for (let row = from; row < to; row++) {
      const length = lengths[row] ?? -1;
      vector.setItem(row - from, length < 0 ? null : text.slice(at, at + length));
      if (length > 0) at += length;
    }
  };
}
