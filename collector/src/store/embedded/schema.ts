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
import { StoreError } from '../store.ts';

/** Version of the tables below. An older one is migrated here, a newer one refused. */
export const SCHEMA_VERSION = 1;

/**
 * The tables. Words that repeat (activities, services, …) are numbers of `names`; an instance is its number; codes are places in
 * the lists of `codes.ts`. Numbers and times are DOUBLE: they are integers below 2^53, hence exact, they pack as well as integers, and
 * they cross to JavaScript without a BigInt each. Rows of `events` are only ever added; rows of the other tables are replaced instance by instance.
 */
export const TABLES = {
  names: { no: INTEGER, name: VARCHAR },
  events: {
    no: DOUBLE,
    id: VARCHAR,
    scope: INTEGER,
    source: INTEGER,
    type: INTEGER,
    kind: TINYINT,
    time_us: DOUBLE,
    time_ns: SMALLINT,
    duration_us: DOUBLE,
    service: INTEGER,
    peer: INTEGER,
    status: TINYINT,
    parent_span: VARCHAR,
    role: TINYINT,
    destination: INTEGER,
    keys: VARCHAR,
    attributes: VARCHAR,
    sequence: DOUBLE,
    received_us: DOUBLE,
    declared_flow: INTEGER,
    extra: VARCHAR,
  },
  instances: {
    no: DOUBLE,
    id: VARCHAR,
    flow: INTEGER,
    scope: INTEGER,
    generation: INTEGER,
    start_us: DOUBLE,
    last_us: DOUBLE,
    state: TINYINT,
    steps: INTEGER,
    events: INTEGER,
    last_activity: INTEGER,
    services: VARCHAR,
    has_causal: BOOLEAN,
    temporal: UBIGINT,
    causal: UBIGINT,
    keys: VARCHAR,
    due_us: DOUBLE,
    due_after: INTEGER,
    pending: VARCHAR,
    last_error: VARCHAR,
    merged_from: VARCHAR,
  },
  keys: { no: DOUBLE, key_type: INTEGER, value: VARCHAR },
  aliases: { no: DOUBLE, id: VARCHAR },
  steps: {
    no: DOUBLE,
    place: INTEGER,
    flow: INTEGER,
    activity: INTEGER,
    kind: TINYINT,
    service: INTEGER,
    consumers: VARCHAR,
    start_us: DOUBLE,
    duration_us: DOUBLE,
    status: TINYINT,
    is_first: BOOLEAN,
    is_start: BOOLEAN,
    is_end: BOOLEAN,
    causes: VARCHAR,
  },
  transitions: {
    no: DOUBLE,
    flow: INTEGER,
    views: TINYINT,
    from_activity: INTEGER,
    to_activity: INTEGER,
    wait_us: DOUBLE,
    work_us: DOUBLE,
    is_causal: BOOLEAN,
    is_first: BOOLEAN,
    is_forked: BOOLEAN,
  },
  members: { no: DOUBLE, event: DOUBLE, rule: TINYINT, step: INTEGER },
  dead_letters: { id: VARCHAR, source: VARCHAR, received_us: DOUBLE, reason: VARCHAR, content: VARCHAR },
  flows: { flow: VARCHAR, name: VARCHAR },
  meta: { key: VARCHAR, value: VARCHAR },
} as const satisfies Readonly<Record<string, Readonly<Record<string, DuckDBType>>>>;

/** JSON of `events.extra`: what is absent has its usual value. */
export type EventExtra = Partial<Pick<NormalisedEvent, 'error' | 'flags'>> & {
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
  for (const [table, columns] of Object.entries(TABLES)) {
    const list = Object.entries(columns).map(([name, type]) => `"${name}" ${type}`);
    await connection.run(`CREATE TABLE IF NOT EXISTS ${table} (${list.join(', ')})`);
  }
  await connection.run('CREATE TEMP TABLE replaced (no DOUBLE)');
  const found = await connection.runAndReadAll(`SELECT value FROM meta WHERE key = 'version'`);
  const version = found.getRows()[0]?.[0];
  if (version === undefined) {
    await connection.run(`INSERT INTO meta VALUES ('version', '${SCHEMA_VERSION}'), ('applied_event', '0')`);
  } else if (Number(version) !== SCHEMA_VERSION) {
    throw new StoreError(
      'newer-version',
      `the store has version ${version}, this program reads version ${SCHEMA_VERSION}: use the version that wrote it`,
    );
  }
}
