import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  type DuckDBVector,
} from '@duckdb/node-api';
import { TABLES, type TableName } from './schema.ts';

const ROWS_PER_CHUNK = 2048;

type RowOf<T extends TableName> = { readonly [C in keyof (typeof TABLES)[T]]: DuckDBValue };

/** Appends rows to one table within the connection's transaction. Values go straight into the database's column vectors. */
export class TableWriter<T extends TableName> {
  readonly #appender: DuckDBAppender;
  readonly #names: readonly string[];
  readonly #types: readonly DuckDBType[];
  #chunk: DuckDBDataChunk | undefined;
  #vectors: DuckDBVector<DuckDBValue>[] = [];
  #rows = 0;

  private constructor(table: T, appender: DuckDBAppender) {
    this.#appender = appender;
    this.#names = Object.keys(TABLES[table]);
    this.#types = Object.values(TABLES[table]);
  }

  static async open<T extends TableName>(connection: DuckDBConnection, table: T): Promise<TableWriter<T>> {
    return new TableWriter(table, await connection.createAppender(table));
  }

  add(row: RowOf<T>): void {
    if (this.#chunk === undefined) this.#begin();
    const at = this.#rows;
    for (let column = 0; column < this.#names.length; column++) {
      this.#vectors[column]?.setItem(at, row[this.#names[column] as keyof RowOf<T>]);
    }
    this.#rows++;
    if (this.#rows === ROWS_PER_CHUNK) this.#append();
  }

  #begin(): void {
    const chunk = DuckDBDataChunk.create(this.#types, ROWS_PER_CHUNK);
    this.#chunk = chunk;
    this.#vectors = this.#types.map(
      (_, column) => chunk.getColumnVector(column) as DuckDBVector<DuckDBValue>,
    );
    this.#rows = 0;
  }

  #append(): void {
    const chunk = this.#chunk;
    if (chunk === undefined) return;
    for (const vector of this.#vectors) vector.flush();
    chunk.rowCount = this.#rows;
    this.#appender.appendDataChunk(chunk);
    this.#chunk = undefined;
    this.#rows = 0;
  }

  /** Hands over what is left; the rows are visible to the transaction from then on. */
  close(): void {
    this.#append();
    this.#appender.closeSync();
  }
}
