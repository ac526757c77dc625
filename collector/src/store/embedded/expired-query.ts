import type { ExpiryBounds } from '../../event/expiry.ts';
import type { ExpiredFound, ExpiredQuery } from '../store.ts';
import { rowsOf } from './chain-query.ts';
import type { Names } from './names.ts';
import type { Readable } from './readers.ts';

/** What expired, in the order of its reception. Cost: one pass over three narrow columns of the instances. */
export async function expiredOf(
  connection: Readable,
  names: Names,
  { bounds, after, limit }: ExpiredQuery,
): Promise<ExpiredFound> {
  const place = after ?? { receivedUs: 0, no: 0, event: 0 };
  const found = await rowsOf(
    connection,
    `SELECT received_us, no, flow, scope, keys, trace FROM instances
     WHERE received_us < ${boundSql(bounds, names)} AND (received_us > $1 OR received_us = $1 AND no > $2)
     ORDER BY received_us, no LIMIT $3`,
    [place.receivedUs, place.no, limit],
  );
  const bare = await rowsOf(
    connection,
    `SELECT no, scope, id FROM events
     WHERE no > $1 AND parent_span IS NULL AND received_us < $2
       AND NOT EXISTS (FROM members WHERE members.event = events.no)
     ORDER BY no LIMIT $3`,
    [place.event, bounds.others, limit],
  );
  const instances: ExpiredFound['expiry']['instances'][number][] = [];
  const traces: ExpiredFound['expiry']['traces'][number][] = [];
  for (const [, , flow, scope, keys, trace] of found) {
    const [key] = JSON.parse(String(keys)) as string[];
    if (key !== undefined) instances.push({ flow: names.word(flow), scope: names.word(scope), key });
    else if (trace !== null) traces.push({ scope: names.word(scope), traceId: String(trace) });
  }
  const events = bare.map(([, scope, id]) => ({ scope: names.word(scope), id: String(id) }));
  const [last, lastBare] = [found.at(-1), bare.at(-1)];
  const isMore = found.length === limit || bare.length === limit;
  const next = {
    receivedUs: Number(last?.[0] ?? place.receivedUs),
    no: Number(last?.[1] ?? place.no),
    event: Number(lastBare?.[0] ?? place.event),
  };
  return { expiry: { bounds, instances, traces, events }, next: isMore ? next : undefined };
}

function boundSql({ flows, others, imports }: ExpiryBounds, names: Names): string {
  const named = Object.entries(flows).map(([flow, us]) => `WHEN flow = ${names.find(flow)} THEN ${us}`);
  return `CASE ${named.join(' ')} WHEN is_imported THEN ${imports} ELSE ${others} END`;
}

/** Without what a write-ahead log has not brought into the file yet. */
export async function usedBytes(connection: Readable): Promise<number> {
  const [row] = await rowsOf(connection, 'SELECT block_size * used_blocks FROM pragma_database_size()', []);
  return Number(row?.[0] ?? 0);
}
