import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Configuration } from './config/schema.ts';
import type { ImportThreadOptions } from './import-thread.ts';
import type { IntakeFigures, IntakeReady, IntakeThreadOptions } from './intake-thread.ts';
import type { ProjectionMessage, ProjectionProgress, ProjectionThreadOptions } from './projection-thread.ts';
import type { ImportOptions } from './receive/files/import.ts';
import type { ImportLine } from './serve/schema.ts';
import { remoteQueries } from './store/remote-queries.ts';
import type { StoreQueries } from './store/store.ts';
import { startThread, type Thread, threadUrl } from './threads.ts';

export type ImportFile = (job: {
  readonly path: string;
  /** For the source `file:NAME`. */
  readonly name: string;
  readonly options: ImportOptions;
  readonly onProgress: (line: ImportLine) => void;
}) => Promise<ImportLine>;

/** The pipeline without its outside: intake log, correlation and store of one data directory, in their threads. */
export type Collector = {
  readonly otlpHttpPort: number | undefined;
  readonly queries: StoreQueries;
  append(record: Uint8Array): Promise<void>;
  readonly importFile: ImportFile;
  progress(): Promise<ProjectionProgress>;
  intakeFigures(): Promise<IntakeFigures>;
  /** Why the projection is not running; empty when it is. */
  failure(): string;
  close(): Promise<void>;
};

export type CollectorEvents = {
  onFlushed(flows: readonly string[]): void;
  onOverdue(instances: readonly string[]): void;
  /** One line for the operator. */
  log(line: string): void;
};

const RESTART_MS = { first: 1_000, most: 60_000 };

/** @param listen whether OTLP is received on its own port. */
export async function startCollector(
  configuration: Configuration,
  listen: boolean,
  events: CollectorEvents,
): Promise<Collector> {
  const dataDir = resolve(configuration.dataDir);
  const logDirectory = resolve(dataDir, 'intake');
  mkdirSync(dataDir, { recursive: true });
  const intake = await startThread<IntakeReady>('intake', {
    logDirectory,
    host: configuration.host,
    otlpHttpPort: listen ? configuration.otlpHttpPort : undefined,
    maxBodyBytes: configuration.maxBodyBytes,
  } satisfies IntakeThreadOptions);
  for (const cut of intake.ready.recovered) events.log(`intake log: a torn tail was cut off: ${cut}`);
  const projection = new SupervisedProjection(
    { dataDir, logDirectory, durable: intake.ready.durable, configuration },
    events,
  );
  try {
    await projection.start();
  } catch (error) {
    await intake.caller.call('stop', []);
    throw error;
  }
  return {
    otlpHttpPort: intake.ready.otlpHttpPort,
    queries: remoteQueries(projection),
    append: async (record) => void (await intake.caller.call('append', [record])),
    importFile: importer(intake),
    progress: () => projection.call('progress', []) as Promise<ProjectionProgress>,
    intakeFigures: () => intake.caller.call('figures', []) as Promise<IntakeFigures>,
    failure: () => projection.failure,
    async close() {
      await projection.stop();
      await intake.caller.call('stop', []);
      await intake.ended;
    },
  };
}

/** The projection thread, started again when it fails: nothing is lost by that, it replays from its last checkpoint. */
class SupervisedProjection {
  readonly #options: ProjectionThreadOptions;
  readonly #events: CollectorEvents;
  #thread: Thread<undefined> | undefined;
  #stopping = false;
  #pauseMs = RESTART_MS.first;
  failure = '';

  constructor(options: ProjectionThreadOptions, events: CollectorEvents) {
    this.#options = options;
    this.#events = events;
  }

  async start(): Promise<void> {
    const thread = await startThread<undefined>('projection', this.#options);
    this.#thread = thread;
    this.failure = '';
    thread.worker.on('message', (message: ProjectionMessage) => this.#on(message));
    void thread.ended.then((code) => this.#ended(code));
  }

  #on(message: ProjectionMessage): void {
    if (message.kind === 'flushed') {
      this.#pauseMs = RESTART_MS.first;
      this.#events.onFlushed(message.flows);
    } else if (message.kind === 'overdue') this.#events.onOverdue(message.instances);
    else if (message.kind === 'failed') this.failure = message.reason;
  }

  #ended(code: number): void {
    this.#thread = undefined;
    if (this.#stopping) return;
    if (this.failure === '') this.failure = `the projection thread ended with code ${code}`;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(RESTART_MS.most, pauseMs * 2);
    this.#events.log(`projection: ${this.failure}; starting it again in ${pauseMs / 1000} s`);
    setTimeout(() => {
      if (this.#stopping) return;
      this.start().catch((error: unknown) => {
        this.failure = error instanceof Error ? error.message : String(error);
        this.#ended(1);
      });
    }, pauseMs).unref();
  }

  call(name: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#thread !== undefined) return this.#thread.caller.call(name, args);
    return Promise.reject(Object.assign(new Error(`The store is away: ${this.failure}.`), { code: 'away' }));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const thread = this.#thread;
    if (thread === undefined) return;
    await thread.caller.call('stop', []);
    await thread.ended;
  }
}

type ImportMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly progress: Omit<Extract<ImportLine, { kind: 'progress' }>, 'kind'> }
  | { readonly kind: 'done'; readonly report: Omit<Extract<ImportLine, { kind: 'done' }>, 'kind'> }
  | { readonly kind: 'problem'; readonly problem: Omit<Extract<ImportLine, { kind: 'failed' }>, 'kind'> };

/** Each import has a thread of its own, with a direct line to the intake. */
function importer(intake: Thread<IntakeReady>): ImportFile {
  return async (job) => {
    const { port1, port2 } = new MessageChannel();
    await intake.caller.call('attach', [port1], [port1]);
    const workerData = { path: job.path, name: job.name, options: job.options, intake: port2 };
    const worker = new Worker(threadUrl('import'), {
      workerData: workerData satisfies ImportThreadOptions,
      transferList: [port2],
    });
    return new Promise<ImportLine>((resolveLine) => {
      worker.on('message', (message: ImportMessage) => {
        if (message.kind === 'progress') job.onProgress({ kind: 'progress', ...message.progress });
        else if (message.kind === 'done') resolveLine({ kind: 'done', ...message.report });
        else if (message.kind === 'problem') resolveLine({ kind: 'failed', ...message.problem });
      });
      worker.once('error', (error) =>
        resolveLine({ kind: 'failed', message: error.message, hint: '', line: 0 }),
      );
      worker.once('exit', (code) => {
        resolveLine({ kind: 'failed', message: `the import ended with code ${code}`, hint: '', line: 0 });
      });
    });
  };
}
