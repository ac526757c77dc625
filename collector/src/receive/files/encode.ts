import type { RowMapping, RowsHead } from '../../intake/record.ts';
import type { RowRun } from './row-run.ts';

const encoder = new TextEncoder();

/**
 * A run as the head and body of an intake record. The body is usually below 1 MiB; below 8 MiB always, since both the length
 * of a run and that of a single row are bounded in characters.
 *
 * @param source `file:NAME`
 */
export function encodeRun(
  log: { readonly importId: string; readonly mapping: RowMapping },
  run: RowRun,
  flow: string,
  source: string,
  receivedAtUs: number,
): { readonly head: RowsHead; readonly body: Uint8Array } {
  const head: RowsHead = {
    wire: 'rows',
    mode: 'backfill',
    receivedAtUs,
    source,
    importId: log.importId,
    flow,
    mapping: log.mapping,
    columns: run.columns,
    firstRow: run.firstRow,
  };
  return { head, body: encoder.encode(JSON.stringify(run.rows)) };
}
