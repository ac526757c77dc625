/** A worker that reads a partition from its start, waits for more, and reports; "stop" aborts the wait. */
import { parentPort, workerData } from 'node:worker_threads';
import { LOG_START, openFileLogReader } from '../../index.ts';

type Followed = { readonly directory: string; readonly durable: SharedArrayBuffer };

const { directory, durable } = workerData as Followed;
const abort = new AbortController();
const reader = openFileLogReader({ directory, partition: 0, durable });
parentPort?.once('message', () => abort.abort());
// Only the wait keeps this thread alive: it must do so until the abort, and no longer.
parentPort?.unref();

let from = LOG_START;
while (await reader.waitFor(from, abort.signal)) {
  for (const record of reader.read(from, 10_000)) {
    parentPort?.postMessage(Buffer.from(record.payload).toString());
    from = record.next;
  }
}
reader.close();
