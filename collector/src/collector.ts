import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import type { Configuration } from './config/schema.ts';
import { type ImportFile, importer } from './importer.ts';
import type { IntakeFigures, IntakeReady, IntakeThreadOptions } from './intake-thread.ts';
import type { ProjectionProgress } from './projection-thread.ts';
import { refuse } from './receive/http/accept.ts';
import type { HttpWire, WireAnswer, WireRequest } from './receive/http/wire.ts';
import type { KafkaFigures } from './receive/kafka/receiver.ts';
import type { LetterPlace, ReplayReport } from './receive/replay.ts';
import { policyOf } from './retain/policy.ts';
import { type RetentionState, startRetention } from './retain/retention.ts';
import { remoteQueries } from './store/remote-queries.ts';
import type { StoreQueries } from './store/store.ts';
import { SupervisedKafka } from './supervised-kafka.ts';
import { SupervisedProjection } from './supervised-projection.ts';
import { startThread, type Thread } from './threads.ts';

export type { KafkaFigures };

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
  /** Undefined where no Kafka is configured. */
  kafkaFigures(): Promise<KafkaFigures | undefined>;
  /** Why the last sweep did not end, and the limit of the store. */
  retention(): RetentionState;
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

/** @param listen whether anything is received but files. */
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
  const queries = remoteQueries({ call: (name, args) => projection.ask(name, args) });
  const append = (record: Uint8Array) => intake.caller.call('append', [record]) as Promise<number>;
  const discard = async (ids: readonly string[]) => void (await intake.caller.call('discard', [ids]));
  const retention = startRetention({
    policy: policyOf(configuration),
    queries,
    append,
    discard,
    progress: () => projection.progress(),
    forgetBefore: async (beforeUs, checkpointed) =>
      void (await intake.caller.call('forgetBefore', [beforeUs, checkpointed])),
    nowUs: () => Date.now() * 1000,
    log: events.log,
  });
  const kafka = listen ? await startKafka(configuration, intake, events) : undefined;
  return {
    otlpHttpPort: intake.ready.otlpHttpPort,
    otlpGrpcPort: intake.ready.otlpGrpcPort,
    queries,
    accept: (wire, request) => acceptIn(intake, wire, request),
    importFile: importer(intake, projection),
    deadLetters: {
      replay: (letters) => intake.caller.call('replay', [letters]) as Promise<ReplayReport>,
      discard,
    },
    progress: () => projection.progress(),
    intakeFigures: () => intake.caller.call('figures', []) as Promise<IntakeFigures>,
    kafkaFigures: async () => kafka?.figures(),
    retention: () => retention.state,
    failure: () => projection.failure,
    async close() {
      await retention.stop();
      await kafka?.stop();
      await projection.stop();
      await intake.caller.call('stop', []);
      await intake.ended;
    },
  };
}

async function startKafka(
  { kafka: section, maxBodyBytes: maxMessageBytes }: Configuration,
  intake: Thread<IntakeReady>,
  { log }: CollectorEvents,
): Promise<SupervisedKafka | undefined> {
  if (section === undefined) return undefined;
  const attach = (line: MessagePort) => intake.caller.call('attach', [line], [line]);
  const kafka = new SupervisedKafka({ section, maxMessageBytes, attach, log });
  await kafka.start();
  return kafka;
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
