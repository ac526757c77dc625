import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Configuration } from './config/schema.ts';
import type { ImportThreadOptions } from './import-thread.ts';
import type { IntakeFigures, IntakeReady, IntakeThreadOptions } from './intake-thread.ts';
import type { ProjectionProgress } from './projection-thread.ts';
import type { ImportOptions } from './receive/files/import.ts';
import { refuse } from './receive/http/accept.ts';
import type { HttpWire, WireAnswer, WireRequest } from './receive/http/wire.ts';
import type { LetterPlace, ReplayReport } from './receive/replay.ts';
import type { ImportLine } from './serve/schema.ts';
import { remoteQueries } from './store/remote-queries.ts';
import type { StoreQueries } from './store/store.ts';
import { SupervisedProjection } from './supervised-projection.ts';
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
  readonly otlpGrpcPort: number | undefined;
  readonly queries: StoreQueries;
  /** Checks and appends a request that this thread has read; its body changes hands. */
  accept(wire: HttpWire, request: WireRequest): Promise<WireAnswer>;
  readonly importFile: ImportFile;
  readonly deadLetters: {
    replay(letters: readonly LetterPlace[]): Promise<ReplayReport>;
    discard(ids: readonly string[]): Promise<void>;
  };
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

/** @param listen whether OTLP is received on its own ports. */
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
    otlpGrpcPort: listen ? configuration.otlpGrpcPort : undefined,
    maxBodyBytes: configuration.maxBodyBytes,
  } satisfies IntakeThreadOptions);
  for (const cut of intake.ready.recovered) events.log(`intake log: a torn tail was cut off: ${cut}`);
  const projection = new SupervisedProjection(
    { dataDir, logDirectory, durable: intake.ready.durable, configuration },
    { path: join(dataDir, 'store', 'throughline.duckdb'), memoryLimit: '300MB', threads: 2 },
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
    otlpGrpcPort: intake.ready.otlpGrpcPort,
    queries: remoteQueries({ call: (name, args) => projection.ask(name, args) }),
    accept: (wire, request) => acceptIn(intake, wire, request),
    importFile: importer(intake),
    deadLetters: {
      replay: (letters) => intake.caller.call('replay', [letters]) as Promise<ReplayReport>,
      discard: async (ids) => void (await intake.caller.call('discard', [ids])),
    },
    progress: () => projection.progress(),
    intakeFigures: () => intake.caller.call('figures', []) as Promise<IntakeFigures>,
    failure: () => projection.failure,
    async close() {
      await projection.stop();
      await intake.caller.call('stop', []);
      await intake.ended;
    },
  };
}

async function acceptIn(
  intake: Thread<IntakeReady>,
  wire: HttpWire,
  request: WireRequest,
): Promise<WireAnswer> {
  // Small bodies lie in a buffer that others share: only one that has its memory to itself can change hands.
  const alone = request.body.byteLength === request.body.buffer.byteLength;
  const body = alone ? request.body : Uint8Array.from(request.body);
  try {
    const answer = await intake.caller.call(
      'accept',
      [wire.name, { ...request, body }],
      [body.buffer as ArrayBuffer],
    );
    return answer as WireAnswer;
  } catch (error) {
    return refuse(wire, request, error);
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
