import {
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  type DuckDBType,
  INTEGER,
  SMALLINT,
  TINYINT,
  UBIGINT,
  VARCHAR,
} from '@duckdb/node-api';
import type { NormalisedEvent, TraceContext } from '../../event/event.ts';
import { FILE_SOURCE } from '../../event/expiry.ts';
import { StoreError } from '../store.ts';

/**
 * What a column holds. Integers and times are DOUBLE: below 2^53 they are exact, they pack as well as integers, and they cross to
 * JavaScript without a BigInt each.
 */
export const COLUMN_TYPES = {
  /** An integer or a time; NaN is NULL. */
  number: DOUBLE,
  /** A number of `names`. */
  word: INTEGER,
  count: INTEGER,
  small: SMALLINT,
  /** A place in one of the lists of `codes.ts`. */
  code: TINYINT,
  flag: BOOLEAN,
  hash: UBIGINT,
  text: VARCHAR,
} as const satisfies Readonly<Record<string, DuckDBType>>;

export type ColumnKind = keyof typeof COLUMN_TYPES;

/** Version of the tables below. An older one is migrated here, a newer one refused. */
export const SCHEMA_VERSION = 4;

/**
 * The tables. Words that repeat (activities, services, …) are numbers of `names`; an instance is its number. Rows of `events` are
 * added, and removed when they expire; rows of the other tables are replaced instance by instance.
 */
export const TABLES = {
  names: { no: 'count', name: 'text' },
  events: {
    no: 'number',
    id: 'text',
    scope: 'word',
    source: 'word',
    type: 'word',
    kind: 'code',
    time_us: 'number',
    time_ns: 'small',
    duration_us: 'number',
    service: 'word',
    peer: 'word',
    status: 'code',
    parent_span: 'text',
    role: 'code',
    destination: 'word',
    keys: 'text',
    attributes: 'text',
    sequence: 'number',
    received_us: 'number',
    declared_flow: 'word',
    extra: 'text',
  },
  instances: {
    no: 'number',
    id: 'text',
    flow: 'word',
    scope: 'word',
    generation: 'count',
    start_us: 'number',
    last_us: 'number',
    state: 'code',
    steps: 'count',
    events: 'count',
    last_activity: 'word',
    services: 'text',
    has_causal: 'flag',
    temporal: 'hash',
    causal: 'hash',
    keys: 'text',
    due_us: 'number',
    due_after: 'word',
    pending: 'text',
    last_error: 'text',
    merged_from: 'text',
    received_us: 'number',
    /** Whether all of its events came from files. */
    is_imported: 'flag',
    /** Of an instance without a key. */
    trace: 'text',
  },
  keys: { no: 'number', key_type: 'word', value: 'text' },
  aliases: { no: 'number', id: 'text' },
  steps: {
    no: 'number',
    place: 'count',
    flow: 'word',
    activity: 'word',
    kind: 'code',
    service: 'word',
    consumers: 'text',
    start_us: 'number',
    duration_us: 'number',
    status: 'code',
    is_first: 'flag',
    is_start: 'flag',
    is_end: 'flag',
    causes: 'text',
  },
  transitions: {
    no: 'number',
    flow: 'word',
    views: 'code',
    from_activity: 'word',
    to_activity: 'word',
    wait_us: 'number',
    work_us: 'number',
    is_causal: 'flag',
    is_first: 'flag',
    is_forked: 'flag',
    /** NULL in rows of version 2 and older, as are the next three. */
    is_overlap: 'flag',
    /** NULL where the clocks may be right; see `Skew`. */
    skew_us: 'number',
    skew_from: 'word',
    skew_to: 'word',
  },
  members: { no: 'number', event: 'number', rule: 'code', step: 'count' },
  dead_letters: {
    id: 'text',
    source: 'text',
    received_us: 'number',
    reason: 'text',
    content: 'text',
    /** Of the intake record; NULL where it was written by version 1. */
    position: 'number',
  },
  flows: { flow: 'text', name: 'text' },
  meta: { key: 'text', value: 'text' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, ColumnKind>>>>;

/** JSON of `events.extra`: what is absent has its usual value. */
export type EventExtra = Partial<Pick<NormalisedEvent, 'error' | 'flags' | 'engine'>> & {
  /** Trace and span, where they are not the id. */
  readonly span?: readonly [traceId: string, spanId: string];
  readonly links?: TraceContext['links'];
  readonly messageId?: string;
};

export type TableName = keyof typeof TABLES;

/** Bits of `transitions.views`. */
export const TEMPORAL_BIT = 1;
export const CAUSAL_BIT = 2;

/** The tables whose rows belong to one instance. */
export const INSTANCE_TABLES = ['instances', 'keys', 'aliases', 'steps', 'transitions', 'members'] as const;

export async function prepareSchema(connection: DuckDBConnection): Promise<void> {
  await refuseNewer(connection);
  for (const [table, columns] of Object.entries(TABLES)) {
    const list = Object.entries(columns).map(([name, kind]) => `"${name}" ${COLUMN_TYPES[kind]}`);
    await connection.run(`CREATE TABLE IF NOT EXISTS ${table} (${list.join(', ')})`);
  }
  await connection.run('CREATE TEMP TABLE replaced (no DOUBLE)');
  const version = await storedVersion(connection);
  if (version === undefined) {
    await connection.run(`INSERT INTO meta VALUES ('version', '${SCHEMA_VERSION}'), ('applied_event', '0')`);
  } else if (version < SCHEMA_VERSION) await migrate(connection, version);
}

async function storedVersion(connection: DuckDBConnection): Promise<number | undefined> {
  const found = await connection.runAndReadAll(`SELECT value FROM meta WHERE key = 'version'`);
  const version = found.getRows()[0]?.[0];
  return version === undefined ? undefined : Number(version);
}

async function refuseNewer(connection: DuckDBConnection): Promise<void> {
  const tables = await connection.runAndReadAll(
    `SELECT 1 FROM information_schema.tables WHERE table_name = 'meta'`,
  );
  if (tables.currentRowCount === 0) return;
  const version = (await storedVersion(connection)) ?? SCHEMA_VERSION;
  if (version <= SCHEMA_VERSION) return;
  throw new StoreError(
    'newer-version',
    `the store has version ${version}, this program reads version ${SCHEMA_VERSION}: use the version that wrote it`,
  );
}

/** What version 4 added to instances, from their events. */
const FILL_RECEPTION = `
  UPDATE instances SET received_us = found.received_us, is_imported = found.is_imported,
    trace = CASE WHEN instances.keys = '[]' THEN found.trace END
  FROM (
    SELECT members.no, max(events.received_us) AS received_us,
      bool_and(names.name LIKE '${FILE_SOURCE}%') AS is_imported,
      any_value(coalesce(json_extract_string(events.extra, '$.span[0]'), split_part(events.id, ':', 1))) AS trace
    FROM members JOIN events ON events.no = members.event JOIN names ON names.no = events.source
    GROUP BY members.no
  ) AS found WHERE found.no = instances.no`;

/** Newer versions have added columns: rows that are older have NULL there, but for what can be told. All or nothing. */
async function migrate(connection: DuckDBConnection, version: number): Promise<void> {
  await connection.run('BEGIN');
  for (const [table, columns] of Object.entries(TABLES)) {
    const present = await connection.runAndReadAll(
      `SELECT column_name FROM information_schema.columns WHERE table_name = '${table}'`,
    );
    const names = new Set(present.getRows().map((row) => row[0]));
    for (const [name, kind] of Object.entries(columns)) {
      if (!names.has(name))
        await connection.run(`ALTER TABLE ${table} ADD COLUMN "${name}" ${COLUMN_TYPES[kind]}`);
    }
  }
  if (version < 4) await connection.run(FILL_RECEPTION);
  await connection.run(`UPDATE meta SET value = '${SCHEMA_VERSION}' WHERE key = 'version'`);
  await connection.run('COMMIT');
}
