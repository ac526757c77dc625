import type { Database, SqlValue, Statement } from 'sql.js';
import type { AttributeValue } from '../../../event/event.ts';
import { ImportError } from '../import-error.ts';
import type { OcelItem } from './ocel-item.ts';

/** The file is read as a whole, twice over: as it is, and in the memory of the database. */
const FILE_BYTES_MAX = 512 * 1024 * 1024;
const NEEDED = ['event', 'object', 'event_object'];
const TABLES_SHOWN = 20;

/** Declared type of a column → as JSON and XML call it. */
const TYPES: Readonly<Record<string, string>> = {
  TEXT: 'string',
  INTEGER: 'integer',
  REAL: 'float',
  BOOLEAN: 'boolean',
  TIMESTAMP: 'time',
};

/**
 * An OCEL 2.0 log in SQLite: types, objects, events, each in the order of its table. Nothing of the file is executed: views, triggers
 * and virtual tables are not looked at.
 *
 * @throws ImportError when the file is no database, or has not the tables of such a log.
 */
export async function* readOcelSqlite(
  chunks: AsyncIterable<Buffer>,
  fileName: string,
): AsyncGenerator<OcelItem> {
  const bytes = await wholeFile(chunks, fileName);
  const { default: openSqlite } = await import('sql.js');
  const { Database } = await openSqlite();
  const database = new Database(bytes);
  try {
    const log = new OcelDatabase(database, fileName);
    yield* log.types();
    yield* log.objects();
    yield* log.events();
  } catch (error) {
    throw error instanceof ImportError ? error : damaged(fileName, error);
  } finally {
    database.close();
  }
}

async function wholeFile(chunks: AsyncIterable<Buffer>, fileName: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > FILE_BYTES_MAX) {
      throw new ImportError({
        code: 'too-large',
        message: `${fileName} is an SQLite database of more than ${FILE_BYTES_MAX / 1024 / 1024} MiB`,
        hint: 'Export the log as OCEL 2.0 in JSON or XML: these are read piece by piece.',
      });
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

type Row = Readonly<Record<string, AttributeValue | null>>;
/** Rows of one type's table by id, and the columns that are attributes. */
type TypeTable = {
  readonly byId: Statement;
  readonly attributes: readonly (readonly [name: string, type: string])[];
};
type Of = 'event' | 'object';

class OcelDatabase {
  readonly #database: Database;
  readonly #fileName: string;
  readonly #tables: ReadonlySet<string>;
  readonly #typeTables = new Map<string, TypeTable | undefined>();

  constructor(database: Database, fileName: string) {
    this.#database = database;
    this.#fileName = fileName;
    const names = this.#rows(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'",
    );
    this.#tables = new Set([...names].map((row) => String(row['name'])));
    const missing = NEEDED.filter((name) => !this.#tables.has(name));
    if (missing.length > 0) throw this.#notOcel(missing);
  }

  *types(): Generator<OcelItem> {
    for (const of of ['object', 'event'] as const) {
      for (const name of this.#mapped(of).keys()) {
        const attributes = this.#typeTable(of, name)?.attributes ?? [];
        yield { entry: { kind: 'type', of, name, attributes }, line: 0 };
      }
    }
  }

  *objects(): Generator<OcelItem> {
    const related = this.#tables.has('object_object')
      ? this.#prepare('object_object', 'ocel_source_id', 'ocel_target_id, ocel_qualifier')
      : undefined;
    for (const row of this.#rows('SELECT ocel_id, ocel_type FROM object')) {
      const [id, type] = [textOf(row['ocel_id']), textOf(row['ocel_type'])];
      const objects = related === undefined ? [] : rowsOf(related, id).map(relationOf('ocel_target_id'));
      yield { entry: { kind: 'object', id, type, attributes: this.#history(id, type), objects }, line: 0 };
    }
  }

  *events(): Generator<OcelItem> {
    const related = this.#prepare('event_object', 'ocel_event_id', 'ocel_object_id, ocel_qualifier');
    for (const row of this.#rows('SELECT ocel_id, ocel_type FROM event')) {
      const [id, type] = [textOf(row['ocel_id']), textOf(row['ocel_type'])];
      const table = this.#typeTable('event', type);
      const [own = {}] = table === undefined ? [] : rowsOf(table.byId, id);
      const attributes = valuesOf(own, table?.attributes ?? []);
      const objects = rowsOf(related, id)
        .map(relationOf('ocel_object_id'))
        .map((relation) => [...relation, null] as const);
      yield {
        entry: { kind: 'event', id, type, time: textOf(own['ocel_time']), attributes, objects },
        line: 0,
      };
    }
  }

  /** A row without `ocel_changed_field` is what an object began with, one with it a change of that field. */
  #history(id: string, type: string): (readonly [name: string, value: AttributeValue, time: string])[] {
    const table = this.#typeTable('object', type);
    if (table === undefined) return [];
    return rowsOf(table.byId, id).flatMap((row) => {
      const changed = textOf(row['ocel_changed_field']);
      const columns = changed === '' ? table.attributes : [[changed, ''] as const];
      return valuesOf(row, columns).map(([name, value]) => [name, value, textOf(row['ocel_time'])] as const);
    });
  }

  #typeTable(of: Of, type: string): TypeTable | undefined {
    const key = `${of} ${type}`;
    if (!this.#typeTables.has(key)) this.#typeTables.set(key, this.#openTypeTable(of, type));
    return this.#typeTables.get(key);
  }

  #openTypeTable(of: Of, type: string): TypeTable | undefined {
    const table = `${of}_${this.#mapped(of).get(type) ?? type}`;
    if (!this.#tables.has(table)) return undefined;
    const columns = [...this.#rows(`PRAGMA table_info(${quoted(table)})`)];
    const attributes = columns
      .map((column) => [textOf(column['name']), typeNameOf(textOf(column['type']))] as const)
      .filter(([name]) => !['ocel_id', 'ocel_time', 'ocel_changed_field'].includes(name));
    return { byId: this.#prepare(table, 'ocel_id', '*'), attributes };
  }

  /** Type → the part of its table's name. */
  #mapped(of: Of): ReadonlyMap<string, string> {
    const table = `${of}_map_type`;
    if (!this.#tables.has(table)) return new Map();
    const rows = [...this.#rows(`SELECT ocel_type, ocel_type_map FROM ${table}`)];
    return new Map(rows.map((row) => [textOf(row['ocel_type']), textOf(row['ocel_type_map'])]));
  }

  /** Looking up by a column that may have no index in the file; the copy in memory gets one. */
  #prepare(table: string, column: string, wanted: string): Statement {
    this.#database.run(
      `CREATE INDEX IF NOT EXISTS ${quoted(`lookup ${table}`)} ON ${quoted(table)} (${column})`,
    );
    return this.#database.prepare(
      `SELECT ${wanted} FROM ${quoted(table)} WHERE ${column} = ? ORDER BY rowid`,
    );
  }

  *#rows(sql: string): Generator<Row> {
    const statement = this.#database.prepare(sql);
    try {
      while (statement.step()) yield rowOf(statement);
    } finally {
      statement.free();
    }
  }

  #notOcel(missing: readonly string[]): ImportError {
    const names = [...this.#tables].slice(0, TABLES_SHOWN).map((name) => JSON.stringify(name));
    const has = names.length === 0 ? 'no tables' : names.join(', ');
    return new ImportError({
      code: 'not-ocel',
      message: `${this.#fileName} is an SQLite database, but no OCEL 2.0 log: it lacks ${missing.join(', ')} and has ${has}`,
      hint: 'Export the log as OCEL 2.0, or its table as CSV.',
    });
  }
}

function rowsOf(statement: Statement, id: string): Row[] {
  const rows: Row[] = [];
  statement.bind([id]);
  while (statement.step()) rows.push(rowOf(statement));
  statement.reset();
  return rows;
}

function rowOf(statement: Statement): Row {
  const names = statement.getColumnNames();
  const values = (statement.get as (params: null, config: object) => (SqlValue | bigint)[]).call(
    statement,
    null,
    {
      useBigInt: true,
    },
  );
  return Object.fromEntries(names.map((name, place) => [name, scalarOf(values[place] ?? null)]));
}

/** Integers arrive exact; those that a number can't hold become text. */
function scalarOf(value: SqlValue | bigint): AttributeValue | null {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

function valuesOf(row: Row, columns: readonly (readonly [name: string, type: string])[]) {
  const values: (readonly [name: string, value: AttributeValue])[] = [];
  for (const [name] of columns) {
    const value = row[name];
    if (value !== undefined && value !== null) values.push([name, value]);
  }
  return values;
}

function relationOf(column: string): (row: Row) => readonly [id: string, qualifier: string] {
  return (row) => [textOf(row[column]), textOf(row['ocel_qualifier'])];
}

function textOf(value: AttributeValue | null | undefined): string {
  return value === undefined || value === null ? '' : String(value);
}

function typeNameOf(declared: string): string {
  return TYPES[declared.toUpperCase()] ?? declared.toLowerCase();
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function damaged(fileName: string, error: unknown): ImportError {
  return new ImportError({
    code: 'not-ocel',
    message: `${fileName} cannot be read as an SQLite database: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'Copy it with `sqlite3 FILE "VACUUM INTO \'copy.sqlite\'"` when nothing writes to it, or fetch it again.',
  });
}
