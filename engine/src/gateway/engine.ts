import type { ExporterDescription } from '../export/exporter-description.ts';
import type { ExporterStatus } from '../export/exporter-task.ts';
import { LocalPartitions } from '../host/local-partitions.ts';
import type { PartitionHost } from '../host/partition-host.ts';
import { DEFAULT_REOPEN, Reopening, type ReopenSettings } from '../host/reopening.ts';
import { eventLoop, systemClock } from '../host/system.ts';
import { openThreadedPartitions } from '../host/threaded-partitions.ts';
import type { UpkeepSettings } from '../host/upkeep.ts';
import { type Disk, LogError, nodeDisk, openFileLog, ownLogDirectory } from '../log/index.ts';
import { parseDocument } from '../protocol/document.ts';
import { type Key, NO_KEY, partitionOf } from '../protocol/key.ts';
import { messagePartitionOf } from '../protocol/message-partition.ts';
import type { EngineRecord } from '../protocol/record.ts';
import { withDefaults } from '../protocol/value-types.ts';
import type { PartitionLimits } from '../stream/partition.ts';
import type { Clock, Scheduler } from '../stream/ports.ts';
import {
  createdDeployment,
  createdInstance,
  creationOf,
  deploymentOf,
  migrationOf,
  modificationOf,
} from './command-values.ts';
import { EngineError } from './engine-error.ts';
import { Gate, type GateLimits } from './gate.ts';
import { Jobs } from './jobs.ts';
import type {
  ActivatedJob,
  ActivateJobs,
  BroadcastSignal,
  CreatedInstance,
  CreateInstance,
  Deployment,
  FailJob,
  InstanceResult,
  MigrateInstance,
  ModifyInstance,
  PartitionStatus,
  PublishMessage,
  Resource,
  ThrowError,
  Variables,
} from './requests.ts';

export type EngineLimits = PartitionLimits & GateLimits;

export type EngineOptions = UpkeepSettings & {
  /** Where the log is; created when it is not there. One engine at a time. */
  readonly directory: string;
  /** From 1 on; fixed when the directory is created. Default: as it was created, 1 for a new one. */
  readonly partitions?: number;
  /** See `ThreadedEngineOptions`. */
  readonly threads?: false;
  readonly limits?: Partial<EngineLimits>;
  readonly clock?: Clock;
  readonly scheduler?: Scheduler;
  readonly disk?: Disk;
  /** Size of the log's files, which are deleted as a whole. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** What became durable, in the order of each partition. Must not throw. */
  readonly onRecords?: (records: readonly EngineRecord[]) => void;
  /**
   * How a partition that has failed is opened again by itself; false: not at all. What is left out is as in the default:
   * after half a second, then ever later up to a minute, 20 times in a row.
   */
  readonly reopen?: Partial<ReopenSettings> | false;
  /** The partition's disk failed, or its thread has ended: it does nothing until it is opened again. */
  readonly onFailure?: (partitionId: number, error: LogError) => void;
};

/**
 * Of an engine that runs each partition, its disk, snapshots and exporters, in a worker thread of its own, so that none
 * of it holds up this one. Exporters are described then: functions can't be given to a thread. Clock, scheduler and disk
 * are the machine's.
 */
export type ThreadedEngineOptions = Omit<
  EngineOptions,
  'threads' | 'exporters' | 'clock' | 'scheduler' | 'disk'
> & {
  readonly threads: true;
  readonly exporters?: readonly ExporterDescription[];
};

/** What limits are when the options say nothing. */
export const DEFAULT_LIMITS: EngineLimits = {
  commandsPerStepMax: 100,
  chainLengthMax: 10_000,
  callDepthMax: 1_000,
  batchBytesMax: 16 * 2 ** 20,
  stepsPerFlushMax: 256,
  duePerRoundMax: 256,
  resendAfterMs: 5_000,
  jobBatchCharactersMax: 4 * 2 ** 20,
  inFlightMax: 1024,
  retryAfterMs: 50,
  variablesMax: 4 * 2 ** 20,
};

/**
 * Opens or creates the engine in the directory: replays its log, then takes up work. Throws LogError, or rejects with it
 * when partitions run in threads.
 */
export function openEngine(options: ThreadedEngineOptions): Promise<Engine>;
export function openEngine(options: EngineOptions): Engine;
export function openEngine(options: EngineOptions | ThreadedEngineOptions): Engine | Promise<Engine> {
  const { clock = systemClock, scheduler = eventLoop } = options as EngineOptions; // threads have the machine's
  const settings = options.reopen === false ? false : { ...DEFAULT_REOPEN, ...options.reopen };
  const reopening = new Reopening(settings, clock, scheduler);
  const onFailure = (partitionId: number, error: LogError): void => {
    reopening.note(partitionId, error);
    options.onFailure?.(partitionId, error);
  };
  if (options.threads === true) {
    return openInThreads({ ...options, onFailure }).then((host) => new Engine(options, host, reopening));
  }
  return new Engine(options, openHere({ ...options, onFailure }), reopening);
}

function openHere(options: EngineOptions): PartitionHost {
  const { directory, disk = nodeDisk, clock = systemClock, scheduler = eventLoop, segmentBytes } = options;
  const owned = ownLogDirectory(disk, directory, { kind: 'fixed', partitions: options.partitions });
  const log = openFileLog({
    ...owned,
    directory,
    disk,
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
  });
  try {
    return new LocalPartitions({ ...options, log, disk, clock, scheduler, limits: limitsOf(options) });
  } catch (error) {
    void log.close();
    throw error;
  }
}

async function openInThreads(options: ThreadedEngineOptions): Promise<PartitionHost> {
  for (const port of ['clock', 'scheduler', 'disk']) {
    if (!(port in options)) continue;
    const message = `Expected no ${port} of one's own when partitions run in threads, but there is one`;
    throw new LogError('invalid', message);
  }
  const owned = ownLogDirectory(nodeDisk, options.directory, {
    kind: 'fixed',
    partitions: options.partitions,
  });
  return openThreadedPartitions({ ...options, ...owned, limits: limitsOf(options) });
}

function limitsOf({ limits }: Pick<EngineOptions, 'limits'>): EngineLimits {
  return { ...DEFAULT_LIMITS, ...limits };
}

/** The client of an engine in the same process. Every request rejects with EngineError, and with nothing else. */
export class Engine {
  readonly #host: PartitionHost;
  readonly #gates: readonly Gate[];
  readonly #jobs: Jobs;
  readonly #reopening: Reopening;
  #turn = 0;
  #closed: Promise<void> | undefined;

  /** Use `openEngine`; the simulator runs partitions of its own. */
  constructor(
    options: Pick<EngineOptions, 'limits' | 'clock' | 'scheduler'>,
    host: PartitionHost,
    reopening?: Reopening,
  ) {
    const { clock = systemClock, scheduler = eventLoop } = options;
    this.#reopening = reopening ?? new Reopening(false, clock, scheduler);
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#host = host;
    const ids = Array.from({ length: host.size }, (_, index) => index + 1);
    this.#gates = ids.map(
      (id) =>
        new Gate(
          limits,
          () => host.partition(id),
          () => this.#reopening.failure(id),
        ),
    );
    this.#jobs = new Jobs(this.#gates, clock, scheduler);
    host.start((type) => this.#jobs.available(type));
    this.#reopening.start(async (partitionId) => {
      await host.reopen(partitionId);
      this.#jobs.wakeAll(); // those who wait may find jobs there
    });
  }

  /** Makes a new version of every executable process in the files, unless its newest has the same content. */
  async deploy(resources: readonly Resource[]): Promise<Deployment> {
    const reply = await this.#gate(1).request('DEPLOYMENT', 'CREATE', NO_KEY, deploymentOf(resources));
    return createdDeployment(reply);
  }

  /** Resolves when the instance is durably created; it may still be on its way. */
  async createInstance(request: CreateInstance): Promise<CreatedInstance> {
    const gate = this.#nextGate();
    const reply = await gate.request(
      'PROCESS_INSTANCE_CREATION',
      'CREATE',
      NO_KEY,
      creationOf(gate, request),
    );
    return createdInstance(reply);
  }

  /** Resolves when the instance has completed, with its variables. Rejects with `TERMINATED` when it is canceled. */
  async createInstanceWithResult(request: CreateInstance): Promise<InstanceResult> {
    const gate = this.#nextGate();
    const value = creationOf(gate, request);
    const reply = await gate.request(
      'PROCESS_INSTANCE_CREATION',
      'CREATE_WITH_AWAITING_RESULT',
      NO_KEY,
      value,
    );
    const { outcome } = reply;
    if (outcome.kind === 'completed') {
      return { ...createdInstance(reply), variables: parseDocument(outcome.variables) };
    }
    throw new EngineError('TERMINATED', 'Expected the process instance to complete, but it was terminated');
  }

  /**
   * Moves the tokens of an instance: the elements to activate begin, then the element instances to terminate end.
   * All or nothing.
   */
  async modifyInstance(processInstanceKey: Key, changes: ModifyInstance): Promise<void> {
    const gate = this.#gateOf(processInstanceKey);
    const value = modificationOf(gate, processInstanceKey, changes);
    await gate.request('PROCESS_INSTANCE_MODIFICATION', 'MODIFY', processInstanceKey, value);
  }

  /** Lets an instance go on as one of another process definition, where the mapping says for each active element. */
  async migrateInstance(processInstanceKey: Key, migration: MigrateInstance): Promise<void> {
    const value = migrationOf(processInstanceKey, migration);
    const gate = this.#gateOf(processInstanceKey);
    await gate.request('PROCESS_INSTANCE_MIGRATION', 'MIGRATE', processInstanceKey, value);
  }

  async cancelInstance(processInstanceKey: Key): Promise<void> {
    const value = withDefaults('PROCESS_INSTANCE', {});
    await this.#gateOf(processInstanceKey).request('PROCESS_INSTANCE', 'CANCEL', processInstanceKey, value);
  }

  /** Resolves with the message's key when it is durable: it will get to who waits for it. */
  async publishMessage(request: PublishMessage): Promise<Key> {
    const correlationKey = request.correlationKey ?? '';
    const gate = this.#gate(messagePartitionOf(correlationKey, this.#gates.length));
    const value = withDefaults('MESSAGE', {
      name: request.name,
      correlationKey,
      timeToLive: request.timeToLiveMs ?? 0,
      messageId: request.messageId ?? '',
      variables: gate.document(request.variables),
    });
    const reply = await gate.request('MESSAGE', 'PUBLISH', NO_KEY, value);
    return reply.event.key;
  }

  /** Resolves with the signal's key when it is durable: it will get to all partitions. */
  async broadcastSignal(request: BroadcastSignal): Promise<Key> {
    const gate = this.#nextGate();
    const variables = gate.document(request.variables);
    const value = withDefaults('SIGNAL', { signalName: request.name, variables });
    return (await gate.request('SIGNAL', 'BROADCAST', NO_KEY, value)).event.key;
  }

  /** Jobs for a worker; waits for the first as long as the request says. */
  activateJobs(request: ActivateJobs, signal?: AbortSignal): Promise<ActivatedJob[]> {
    return this.#jobs.activate(request, signal);
  }

  /** Jobs as they come, until the signal aborts. */
  streamJobs(request: Omit<ActivateJobs, 'waitMs'>, signal: AbortSignal): AsyncGenerator<ActivatedJob> {
    return this.#jobs.stream(request, signal);
  }

  async completeJob(key: Key, variables?: Variables): Promise<void> {
    const gate = this.#gateOf(key);
    await gate.request('JOB', 'COMPLETE', key, withDefaults('JOB', { variables: gate.document(variables) }));
  }

  /** Gives a job back. Without retries left it becomes an incident. */
  async failJob(key: Key, failure: FailJob): Promise<void> {
    const gate = this.#gateOf(key);
    const value = withDefaults('JOB', {
      retries: failure.retries,
      retryBackoff: failure.retryBackoffMs ?? 0,
      errorMessage: failure.errorMessage ?? '',
      variables: gate.document(failure.variables),
    });
    await gate.request('JOB', 'FAIL', key, value);
  }

  /** Ends a job with a BPMN error, which goes on where the process catches it. */
  async throwError(key: Key, error: ThrowError): Promise<void> {
    const gate = this.#gateOf(key);
    const value = withDefaults('JOB', {
      errorCode: error.errorCode,
      errorMessage: error.errorMessage ?? '',
      variables: gate.document(error.variables),
    });
    await gate.request('JOB', 'THROW_ERROR', key, value);
  }

  async updateRetries(jobKey: Key, retries: number): Promise<void> {
    await this.#gateOf(jobKey).request('JOB', 'UPDATE_RETRIES', jobKey, withDefaults('JOB', { retries }));
  }

  /** Lets a worker have its job for this long from now on. */
  async updateTimeout(jobKey: Key, timeoutMs: number): Promise<void> {
    const value = withDefaults('JOB', { timeout: timeoutMs });
    await this.#gateOf(jobKey).request('JOB', 'UPDATE_TIMEOUT', jobKey, value);
  }

  /**
   * Sets variables of an element instance or process instance: each in the nearest scope that has it, or all in the
   * scope itself.
   */
  async setVariables(scopeKey: Key, variables: Variables, options: { readonly isLocal?: boolean } = {}) {
    const gate = this.#gateOf(scopeKey);
    const value = withDefaults('VARIABLE_DOCUMENT', {
      scopeKey,
      updateSemantics: options.isLocal === true ? 'LOCAL' : 'PROPAGATE',
      variables: gate.document(variables),
    });
    await gate.request('VARIABLE_DOCUMENT', 'UPDATE', NO_KEY, value);
  }

  async resolveIncident(key: Key): Promise<void> {
    await this.#gateOf(key).request('INCIDENT', 'RESOLVE', key, withDefaults('INCIDENT', {}));
  }

  /**
   * Opens a partition that has failed now, whatever is planned for it, and lets its attempts count anew. Rejects with
   * LogError when that still fails.
   */
  async reopen(partitionId: number): Promise<void> {
    await this.#reopening.reopen(partitionId);
  }

  /** How the partitions do. */
  get partitions(): readonly PartitionStatus[] {
    return this.#gates.map(({ isOpen, inFlight, failure }, index) => {
      const status = { partitionId: index + 1, isOpen, inFlight };
      return failure === undefined ? status : { ...status, failure };
    });
  }

  /** How the exporters do, one for each partition and exporter. */
  get exporters(): readonly ExporterStatus[] {
    return this.#host.exporters;
  }

  /**
   * Takes snapshots, lets exporters bring over what is there, and lets go of the directory. What was not answered is
   * answered with `UNAVAILABLE`.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#reopening.close();
    const closed = this.#host.close();
    this.#jobs.close();
    await closed;
  }

  /** Each in turn, but for those that have failed as long as another is open. */
  #nextGate(): Gate {
    for (const _ of this.#gates) {
      this.#turn = (this.#turn + 1) % this.#gates.length;
      if (this.#gate(this.#turn + 1).isOpen) break;
    }
    return this.#gate(this.#turn + 1);
  }

  #gateOf(key: Key): Gate {
    const partitionId = partitionOf(key);
    if (this.#gates[partitionId - 1] === undefined) {
      throw new EngineError(
        'NOT_FOUND',
        `Expected key '${key}' to be of one of the partitions, but it is not`,
      );
    }
    return this.#gate(partitionId);
  }

  #gate(partitionId: number): Gate {
    return this.#gates[partitionId - 1] as Gate; // the callers give an id that is there
  }
}
