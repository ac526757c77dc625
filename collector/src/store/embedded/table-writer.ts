import { type DuckDBConnection, DuckDBDataChunk, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
import { TABLES, type TableName } from './schema.ts';

const ROWS_PER_CHUNK = 2048;

type RowOf<T extends TableName> = { readonly [C in keyof (typeof TABLES)[T]]: DuckDBValue };

/** Collects rows of one table column by column and appends them in chunks. The columns are written as they are, unchecked. */
export class TableWriter<T extends TableName> {
  readonly #table: T;
  readonly #names: readonly string[];
  readonly #types: readonly DuckDBType[];
  readonly #columns: DuckDBValue[][];

  constructor(table: T) {
    this.#table = table;
    this.#names = Object.keys(TABLES[table]);
    this.#types = Object.values(TABLES[table]);
    this.#columns = this.#names.map(() => []);
  }

  get rows(): number {
    return this.#columns[0]?.length ?? 0;
  }

  add(row: RowOf<T>): void {
    let column = 0;
    for (const name of this.#names) this.#columns[column++]?.push(row[name as keyof RowOf<T>]);
  }

  /** Appends all rows within the connection's transaction, and forgets them. */
  async flush(connection: DuckDBConnection): Promise<void> {
    const rows = this.rows;
    if (rows === 0) return;
    const appender = await connection.createAppender(this.#table);
    try {
      for (let from = 0; from < rows; from += ROWS_PER_CHUNK) {
        const count = Math.min(ROWS_PER_CHUNK, rows - from);
        const chunk = DuckDBDataChunk.create(this.#types, count);
        this.#columns.forEach((values, column) => {
          chunk.setColumnValues(column, values.slice(from, from + count));
        });
        appender.appendDataChunk(chunk);
      }
      appender.flushSync();
    } finally {
      appender.closeSync();
      for (const column of this.#columns) column.length = 0;
    }
  }
}
