import type { StoredDeadLetter } from '../../event/event.ts';
import type { Page, PageRequest } from '../store.ts';
import { rowsOf } from './chain-query.ts';
import { readCursor, writeCursor } from './instance-query.ts';
import type { Readable } from './readers.ts';

const COLUMNS = 'id, source, received_us, reason, content, position';

export async function deadLettersPage(
  connection: Readable,
  page: PageRequest,
): Promise<Page<StoredDeadLetter>> {
  const offset = page.cursor === undefined ? 0 : readCursor(page.cursor, 2)[0];
  const rows = await rowsOf(
    connection,
    `SELECT ${COLUMNS}, count(*) OVER () FROM dead_letters
     ORDER BY received_us DESC, id LIMIT ${page.limit} OFFSET ${offset}`,
    [],
  );
  const total = Number(rows[0]?.[6] ?? 0);
  const next = offset + rows.length;
  return { items: rows.map(letterOf), total, next: next < total ? writeCursor([next, total]) : undefined };
}

export async function deadLettersOf(
  connection: Readable,
  ids: readonly string[],
): Promise<StoredDeadLetter[]> {
  if (ids.length === 0) return [];
  const places = ids.map((_, place) => `$${place + 1}`).join(', ');
  const rows = await rowsOf(connection, `SELECT ${COLUMNS} FROM dead_letters WHERE id IN (${places})`, [
    ...ids,
  ]);
  return rows.map(letterOf);
}

export async function deadLettersBefore(
  connection: Readable,
  beforeUs: number,
  limit: number,
): Promise<string[]> {
  const sql = 'SELECT id FROM dead_letters WHERE received_us < $1 ORDER BY received_us, id LIMIT $2';
  return (await rowsOf(connection, sql, [beforeUs, limit])).map((row) => String(row[0]));
}

function letterOf(row: readonly unknown[]): StoredDeadLetter {
  return {
    id: String(row[0]),
    source: String(row[1]),
    receivedAtUs: Number(row[2]),
    reason: String(row[3]),
    content: String(row[4]),
    position: row[5] === null ? undefined : Number(row[5]),
  };
}
