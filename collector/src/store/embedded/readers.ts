import type { DuckDBConnection, DuckDBResultReader, DuckDBValue } from '@duckdb/node-api';

/** What questions are asked through. */
export interface Readable {
  runAndReadAll(sql: string, values: DuckDBValue[]): Promise<Pick<DuckDBResultReader, 'getRows'>>;
}

/**
 * Connections that answer questions, each one at a time. A question beyond that waits here: inside the database it would hold one of
 * libuv's few threads meanwhile, and the commit and the correlation state would wait for people.
 */
export class Readers implements Readable {
  readonly #connections: readonly DuckDBConnection[];
  readonly #free: DuckDBConnection[];
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = [];

  constructor(connections: readonly DuckDBConnection[]) {
    this.#connections = connections;
    this.#free = [...connections];
  }

  async runAndReadAll(sql: string, values: DuckDBValue[]): Promise<DuckDBResultReader> {
    const connection =
      this.#free.pop() ?? (await new Promise<DuckDBConnection>((take) => this.#waiting.push(take)));
    try {
      return await connection.runAndReadAll(sql, values);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(connection);
      else next(connection);
    }
  }

  closeSync(): void {
    for (const connection of this.#connections) connection.closeSync();
  }
}
