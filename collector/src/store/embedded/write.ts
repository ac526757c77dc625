import type { DuckDBConnection } from '@duckdb/node-api';
import type { StoredDeadLetter } from '../../event/event.ts';
import { closeColumns, openColumns } from './columns.ts';
import type { BatchColumns } from './encode.ts';
import { INSTANCE_TABLES, type TableName } from './schema.ts';
import { writeColumns } from './table-writer.ts';

/** Writes a batch within the connection's open transaction. */
export async function writeBatch(connection: DuckDBConnection, batch: BatchColumns): Promise<void> {
  await writeWords(connection, batch.words);
  await removeRows(connection, INSTANCE_TABLES, batch.removed);
  await removeRows(connection, ['events'], batch.removedEvents);
  for (const table of batch.tables) await writeColumns(connection, table);
  await removeDeadLetters(connection, batch.resolved);
  await writeDeadLetters(connection, batch.deadLetters);
  for (const [flow, name] of batch.flows) {
    await connection.run('DELETE FROM flows WHERE flow = $1', [flow]);
    await connection.run('INSERT INTO flows VALUES ($1, $2)', [flow, name]);
  }
  await connection.run(`UPDATE meta SET value = $1 WHERE key = 'applied_event'`, [
    String(batch.appliedEventNo),
  ]);
}

async function writeWords(
  connection: DuckDBConnection,
  { first, words }: BatchColumns['words'],
): Promise<void> {
  const columns = openColumns('names', words.length);
  words.forEach((word, place) => {
    columns.no[place] = first + place;
    columns.name.add(word);
  });
  await writeColumns(connection, closeColumns('names', words.length, columns));
}

async function removeRows(
  connection: DuckDBConnection,
  tables: readonly TableName[],
  numbers: Float64Array,
): Promise<void> {
  if (numbers.length === 0) return;
  await connection.run('DELETE FROM replaced');
  const appender = await connection.createAppender('replaced', null, 'temp');
  for (const no of numbers) {
    appender.appendDouble(no);
    appender.endRow();
  }
  appender.closeSync();
  // Numbers grow, so what is removed lies together: the bounds spare reading the parts of the tables that are older.
  const first = numbers.reduce((a, b) => Math.min(a, b));
  const last = numbers.reduce((a, b) => Math.max(a, b));
  for (const table of tables) {
    await connection.run(
      `DELETE FROM ${table} WHERE no BETWEEN ${first} AND ${last} AND no IN (SELECT no FROM replaced)`,
    );
  }
}

/** The same dead letter is written once, also when its request is replayed. */
async function writeDeadLetters(
  connection: DuckDBConnection,
  letters: readonly StoredDeadLetter[],
): Promise<void> {
  const columns = openColumns('dead_letters', letters.length);
  let row = 0;
  await removeDeadLetters(
    connection,
    letters.map(({ id }) => id),
  );
  for (const letter of letters) {
    columns.id.add(letter.id);
    columns.source.add(letter.source);
    columns.position[row] = letter.position ?? Number.NaN;
    columns.received_us[row++] = letter.receivedAtUs;
    columns.reason.add(letter.reason);
    columns.content.add(letter.content);
  }
  await writeColumns(connection, closeColumns('dead_letters', letters.length, columns));
}

const IDS_AT_ONCE = 500;

/** Each of these statements reads all ids that there are. */
async function removeDeadLetters(connection: DuckDBConnection, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
    const some = ids.slice(from, from + IDS_AT_ONCE);
    const places = some.map((_, place) => `$${place + 1}`).join(', ');
    await connection.run(`DELETE FROM dead_letters WHERE id IN (${places})`, some);
  }
}
