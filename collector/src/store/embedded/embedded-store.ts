import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { FlowFigures, Store, StoreCounts, StoreQueries } from '../store.ts';
import { chainOf, countsByState, rowsOf, stateFigures } from './chain-query.ts';
import { type ColumnStore, columnStoreWriter } from './column-store.ts';
import { deadLettersBefore, deadLettersOf, deadLettersPage } from './dead-letter-query.ts';
import { instanceDetail, searchHits } from './detail-query.ts';
import type { BatchColumns } from './encode.ts';
import { expiredOf, usedBytes } from './expired-query.ts';
import { OPEN, stateSql } from './filter.ts';
import { Histories } from './history.ts';
import { instancesPage, variantsPage } from './instance-query.ts';
import { Names } from './names.ts';
import { overduePage } from './overdue-query.ts';
import { type Readable, Readers } from './readers.ts';
import { prepareSchema } from './schema.ts';
import { writeBatch } from './write.ts';

export type EmbeddedOptions = {
  /** A file, or `:memory:`. This process must be the only one that opens it. */
  readonly path: string;
  /** For example `400MB`. */
  readonly memoryLimit: string;
  readonly threads: number;
};

export type EmbeddedDatabase = ColumnStore & StoreQueries & { close(): Promise<void> };

/** The store in a DuckDB file, written and asked in this thread. */
export async function openEmbeddedStore(options: EmbeddedOptions): Promise<Store> {
  const database = await openDatabase(options);
  const writer = await columnStoreWriter(database);
  return {
    ...database,
    apply: (batch) => writer.apply(batch),
    get appliedEventNo() {
      return writer.appliedEventNo;
    },
  };
}

/** At once; more would only share the same cores. */
const READERS = 2;

/** One connection writes, others answer, so that a question never waits for a commit. */
export async function openDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  if (options.path !== ':memory:') mkdirSync(dirname(options.path), { recursive: true });
  const instance = await DuckDBInstance.create(options.path, {
    memory_limit: options.memoryLimit,
    threads: String(options.threads),
    preserve_insertion_order: 'false',
    // Grouping by the range that statistics tell failed where a commit had just widened it (seen with DuckDB 1.5: a new source, service or
    // activity; "aggregate group 10 exceeded total groups 4").
    perfect_ht_threshold: '0',
    // Copying the write-ahead log into the file stops the writer: less often than by default, yet short enough to replay at a start.
    checkpoint_threshold: '64MB',
  });
  const writer = await instance.connect();
  await prepareSchema(writer);
  const stored = await rowsOf(writer, 'SELECT name FROM names ORDER BY no', []);
  const names = new Names(stored.map((row) => String(row[0])));
  const reader = new Readers(await Promise.all(Array.from({ length: READERS }, () => instance.connect())));
  const keeper = await instance.connect();
  const histories = new Histories(names, () => performance.now());

  let writing: Promise<void> = Promise.resolve();
  async function write(batch: BatchColumns): Promise<void> {
    await writer.run('BEGIN');
    try {
      await writeBatch(writer, batch);
      await writer.run('COMMIT');
    } catch (error) {
      await writer.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
    names.extend(batch.words.first, batch.words.words);
  }

  return {
    async state() {
      const applied = await rowsOf(writer, `SELECT value FROM meta WHERE key = 'applied_event'`, []);
      return { appliedEventNo: Number(applied[0]?.[0] ?? 0), words: names.since(1) };
    },
    write(batch) {
      writing = write(batch);
      return writing;
    },
    waiting: () => waitingOf(reader),
    flows: (nowUs) => flowFigures(reader, names, nowUs),
    chain: (query) => chainOf(reader, names, query),
    variants: (query) => variantsPage(reader, names, query),
    instances: (query) => instancesPage(reader, names, query),
    instance: (id, nowUs) => instanceDetail(reader, names, histories, id, nowUs),
    search: (text, nowUs) => searchHits(reader, names, text, nowUs),
    overdue: (query) => overduePage(reader, names, histories, query),
    counts: (nowUs) => countsOf(reader, names, nowUs),
    deadLetters: (page) => deadLettersPage(reader, page),
    deadLettersOf: (ids) => deadLettersOf(reader, ids),
    expired: (query) => expiredOf(reader, names, query),
    deadLettersBefore: (beforeUs, limit) => deadLettersBefore(reader, beforeUs, limit),
    async usedBytes(settled) {
      // While something else is being written it is refused: it is then done by the next one.
      if (settled) await keeper.run('CHECKPOINT').catch(() => undefined);
      return usedBytes(reader);
    },
    async close() {
      await reader.close();
      await writing.catch(() => undefined);
      keeper.closeSync();
      writer.closeSync();
      instance.closeSync();
    },
  };
}

async function waitingOf(connection: Readable) {
  const rows = await rowsOf(
    connection,
    `SELECT no, id, due_us FROM instances WHERE state = ${OPEN} AND due_us IS NOT NULL`,
    [],
  );
  return rows.map((row) => ({ no: Number(row[0]), instance: String(row[1]), dueUs: Number(row[2]) }));
}

async function flowFigures(connection: Readable, names: Names, nowUs: number): Promise<FlowFigures[]> {
  const titles = new Map(
    (await rowsOf(connection, 'SELECT flow, name FROM flows', [])).map((r) => [r[0], String(r[1])]),
  );
  const rows = await rowsOf(
    connection,
    `SELECT flow, count(*), ${countsByState(nowUs)}, sum(events), min(start_us), max(last_us)
     FROM instances GROUP BY flow ORDER BY 2 DESC`,
    [],
  );
  const activities = new Map(
    (await rowsOf(connection, 'SELECT flow, count(DISTINCT activity) FROM steps GROUP BY flow', [])).map(
      (row) => [Number(row[0]), Number(row[1])],
    ),
  );
  return rows.map((row) => {
    const flow = names.word(row[0]);
    return {
      flow,
      name: titles.get(flow) ?? flow,
      instances: stateFigures(Number(row[1]), row.slice(2, 6).map(Number)),
      activities: activities.get(Number(row[0])) ?? 0,
      events: Number(row[6]),
      firstUs: Number(row[7]),
      lastUs: Number(row[8]),
    };
  });
}

async function countsOf(connection: Readable, names: Names, nowUs: number): Promise<StoreCounts> {
  const sources = await rowsOf(connection, 'SELECT source, count(*) FROM events GROUP BY source', []);
  const [instances] = await rowsOf(
    connection,
    `SELECT count(*), count_if((${stateSql(nowUs)}) = 0), count_if((${stateSql(nowUs)}) = 3) FROM instances`,
    [],
  );
  const [letters] = await rowsOf(connection, 'SELECT count(*) FROM dead_letters', []);
  const bySource = Object.fromEntries(sources.map((row) => [names.word(row[0]), Number(row[1])]));
  return {
    events: Object.values(bySource).reduce((sum, count) => sum + count, 0),
    bySource,
    instances: Number(instances?.[0] ?? 0),
    open: Number(instances?.[1] ?? 0),
    stuck: Number(instances?.[2] ?? 0),
    deadLetters: Number(letters?.[0] ?? 0),
  };
}
