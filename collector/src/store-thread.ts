import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type EmbeddedOptions, openDatabase } from './store/embedded/embedded-store.ts';
import { queryHandlers } from './store/remote-queries.ts';
import { answerCalls } from './thread-call.ts';

/**
 * The thread of the store: it alone opens the database, writes what the projection hands over as columns, and answers the questions,
 * so that neither waits for correlation nor holds it up.
 */
async function startStore(options: EmbeddedOptions): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('the store runs as a worker thread');
  const database = await openDatabase(options);
  const { state, write, waiting } = database;
  answerCalls(port, {
    ...queryHandlers(database),
    /** A direct line for the one writer. */
    attach: (line: MessagePort) => answerCalls(line, { state, write, waiting }),
    async stop() {
      await database.close();
      setImmediate(() => port.close());
    },
  });
  port.postMessage({ kind: 'ready' });
}

await startStore(workerData as EmbeddedOptions);
