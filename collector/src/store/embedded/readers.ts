import type { DuckDBConnection, DuckDBResultReader, DuckDBValue } from '@duckdb/node-api';

/** What questions are asked through. */
export interface Readable {
  runAndReadAll(sql: string, values: DuckDBValue[]): Promise<Pick<DuckDBResultReader, 'getRows'>>;
}

type Waiting = {
  readonly take: (connection: DuckDBConnection) => void;
  readonly giveUp: (error: Error) => void;
};

/**
 * Connections that answer questions, each one at a time. A question beyond that waits here: inside the database it would hold one of
 * libuv's few threads meanwhile, and the commit and the correlation state would wait for people.
 */
export class Readers implements Readable {
  readonly #connections: readonly DuckDBConnection[];
  readonly #free: DuckDBConnection[];
  readonly #waiting: Waiting[] = [];
  /** Called when the last question that runs has ended, once the readers are to close. */
  #onIdle: (() => void) | undefined;

  constructor(connections: readonly DuckDBConnection[]) {
    this.#connections = connections;
    this.#free = [...connections];
  }

  /** Rejects with an error of the code `away` when the readers close. */
  async runAndReadAll(sql: string, values: DuckDBValue[]): Promise<DuckDBResultReader> {
    if (this.#onIdle !== undefined) throw away();
    const connection = this.#free.pop() ?? (await this.#turn());
    try {
      return await connection.runAndReadAll(sql, values);
    } catch (error) {
      throw this.#onIdle === undefined ? error : away();
    } finally {
      this.#release(connection);
    }
  }

  #turn(): Promise<DuckDBConnection> {
    return new Promise((take, giveUp) => this.#waiting.push({ take, giveUp }));
  }

  #release(connection: DuckDBConnection): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next.take(connection);
    else if (this.#free.push(connection) === this.#connections.length) this.#onIdle?.();
  }

  /**
   * Breaks off what is being answered, and closes. A connection must not be closed while it runs a query: its last part would wait for a
   * lock that it holds itself (seen with DuckDB 1.5).
   */
  async close(): Promise<void> {
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    for (const { giveUp } of this.#waiting.splice(0)) giveUp(away());
    if (this.#free.length < this.#connections.length) {
      for (const connection of this.#connections)
        if (!this.#free.includes(connection)) connection.interrupt();
      await idle;
    }
    for (const connection of this.#connections) connection.closeSync();
  }
}

function away(): Error {
  return Object.assign(new Error('The store is away: it is being closed.'), { code: 'away' });
}
