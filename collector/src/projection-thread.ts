import { join } from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openFileLogReader } from '@throughline/engine/log';
import { flowsOf, keyReadersOf } from './config/flow.ts';
import { KafkaTopics } from './config/kafka-topics.ts';
import type { Configuration } from './config/schema.ts';
import { Correlator } from './correlate/correlator.ts';
import { openLevelState } from './correlate/level-state.ts';
import { type ImportTally, WorkingSet } from './correlate/working-set.ts';
import { DEFAULT_LIMITS, type FlushReport, Projection } from './projection.ts';
import { columnStoreWriter } from './store/embedded/column-store.ts';
import { remoteColumnStore } from './store/embedded/remote-column-store.ts';
import { answerCalls, ThreadCaller } from './thread-call.ts';
import { DueQueue } from './watch/due-queue.ts';

/**
 * The thread that knows: it follows the intake log, correlates, and is the one writer of the store. One correlation partition, one
 * thread.
 */
export type ProjectionThreadOptions = {
  readonly dataDir: string;
  readonly logDirectory: string;
  readonly durable: SharedArrayBuffer;
  readonly configuration: Configuration;
  /** The other end is answered by the store's thread. */
  readonly store: MessagePort;
};

export type ProjectionMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'flushed'; readonly flows: readonly string[] }
  | { readonly kind: 'overdue'; readonly instances: readonly string[] }
  | { readonly kind: 'failed'; readonly reason: string };

export type ProjectionProgress = {
  /** Positions of the intake log: up to where it is in the store, and where it ends. */
  readonly stored: number;
  readonly end: number;
  /** Age of the oldest record that is not in the store yet, at most; 0 when all are. */
  readonly lagMs: number;
  readonly duplicates: number;
  readonly ignored: number;
  /** A restart begins here. */
  readonly checkpointed: number;
  /** What expired since the projection was started. */
  readonly expired: { readonly instances: number; readonly events: number };
};

const WATCH_INTERVAL_MS = 500;
const PARTITION = 0;
const TURN_MS = 10;

async function startProjection(options: ProjectionThreadOptions): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('the projection runs as a worker thread');
  const post = (message: ProjectionMessage): void => port.postMessage(message);
  const { logDirectory: directory, durable, configuration } = options;
  const reader = openFileLogReader({ directory, partition: PARTITION, durable });
  const storeLine = new ThreadCaller(options.store);
  options.store.once('close', () => storeLine.fail(new Error('the store has ended')));
  const store = await columnStoreWriter(remoteColumnStore(storeLine));
  const working = new WorkingSet(await openLevelState(join(options.dataDir, 'correlation')));
  const correlator = new Correlator(working, flowsOf(configuration));
  const due = new DueQueue();
  for (const waiting of await store.waiting()) due.set(waiting.no, waiting.instance, waiting.dueUs);
  let storedAtUs = Date.now() * 1000;

  const projection = new Projection({
    reader,
    working,
    correlator,
    store,
    rules: {
      keyReaders: keyReadersOf(configuration),
      kafkaTopics: configuration.kafka && new KafkaTopics(configuration.kafka),
    },
    limits: DEFAULT_LIMITS,
    clock: () => performance.now(),
    yieldTurn: turnTaker(),
    onFlush: (report) => {
      storedAtUs = report.receivedAtUs;
      follow(due, report);
      post({ kind: 'flushed', flows: [...new Set(report.changes.instances.map((i) => i.flow))] });
    },
  });
  await projection.recover();

  const watch = setInterval(() => {
    const instances = due.takeOverdue(Date.now() * 1000);
    if (instances.length > 0) post({ kind: 'overdue', instances });
  }, WATCH_INTERVAL_MS);
  const stopping = new AbortController();
  const running = projection.run(stopping.signal);
  const close = async (): Promise<void> => {
    clearInterval(watch);
    reader.close();
    await working.close();
    options.store.close();
  };

  answerCalls(port, {
    progress: (): ProjectionProgress => ({
      stored: projection.storedPosition,
      end: reader.end,
      lagMs: projection.storedPosition >= reader.end ? 0 : Math.max(0, Date.now() - storedAtUs / 1000),
      duplicates: correlator.duplicates,
      ignored: projection.ignored,
      checkpointed: projection.checkpointedPosition,
      expired: { ...correlator.expired },
    }),
    importedUntil: (importId: string) => working.highestRow(importId),
    async importTally(run: string): Promise<ImportTally> {
      await working.loadTallies([run]);
      return working.tallies.get(run) ?? { events: 0, duplicates: 0 };
    },
    async stop() {
      stopping.abort();
      await running;
      await close();
      setImmediate(() => port.close());
    },
  });
  post({ kind: 'ready' });
  try {
    await running;
  } catch (error) {
    post({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
    await close();
    port.close();
  }
}

function follow(due: DueQueue, report: FlushReport): void {
  for (const no of report.changes.removed) due.set(no, '', undefined);
  for (const { no, instance, pending } of report.changes.instances) due.set(no, instance, pending?.dueUs);
}

/** Lets messages in, but not more often than every few milliseconds: a turn of the loop is not free. */
function turnTaker(): () => Promise<void> {
  let last = performance.now();
  return () => {
    if (performance.now() - last < TURN_MS) return Promise.resolve();
    return new Promise((resolve) => {
      setImmediate(() => {
        last = performance.now();
        resolve();
      });
    });
  };
}

await startProjection(workerData as ProjectionThreadOptions);
