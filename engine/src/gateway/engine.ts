import { parseBpmn } from '../bpmn/parse-bpmn.ts';
import { type Disk, type FileLog, type LogError, openFileLog } from '../log/index.ts';
import type { Effect } from '../processing/context.ts';
import { type Key, NO_KEY, partitionOf } from '../protocol/key.ts';
import type { EngineRecord, EventRecord } from '../protocol/record.ts';
import { withDefaults } from '../protocol/value-types.ts';
import { openPartition, type Partition, type PartitionLimits } from '../stream/partition.ts';
import type { ResourceReader } from '../stream/partition-definitions.ts';
import type { Clock, Scheduler } from '../stream/ports.ts';
import { EngineError } from './engine-error.ts';
import { eventOf, Gate, type GateLimits } from './gate.ts';
import { Jobs } from './jobs.ts';
import type {
  ActivatedJob,
  ActivateJobs,
  CreatedInstance,
  CreateInstance,
  Deployment,
  InstanceResult,
  Resource,
  Variables,
} from './requests.ts';
import { eventLoop, systemClock } from './system.ts';

export type EngineOptions = {
  /** Where the log is; created when it is not there. One engine at a time. */
  readonly directory: string;
  /** From 1 on; may grow, not shrink. Default 1. */
  readonly partitions?: number;
  readonly limits?: Partial<PartitionLimits & GateLimits>;
  readonly clock?: Clock;
  readonly scheduler?: Scheduler;
  readonly disk?: Disk;
  readonly readResource?: ResourceReader;
  /** Called with what became durable, in order. Must not throw. */
  readonly onRecords?: (records: readonly EngineRecord[]) => void;
};

const DEFAULT_LIMITS: PartitionLimits & GateLimits = {
  commandsPerStepMax: 100,
  chainLengthMax: 100,
  batchBytesMax: 16 * 2 ** 20,
  stepsPerFlushMax: 256,
  duePerRoundMax: 256,
  jobBatchCharactersMax: 4 * 2 ** 20,
  inFlightMax: 1024,
  retryAfterMs: 50,
  variablesMax: 4 * 2 ** 20,
};

/** Opens or creates the engine in the directory: replays its log, then takes up work. Throws LogError. */
export function openEngine(options: EngineOptions): Engine {
  const log = openFileLog({
    directory: options.directory,
    partitions: options.partitions ?? 1,
    ...(options.disk === undefined ? {} : { disk: options.disk }),
  });
  try {
    return new Engine(options, log);
  } catch (error) {
    void log.close();
    throw error;
  }
}

/** The client of an engine in the same process. Every request rejects with EngineError, and with nothing else. */
export class Engine {
  readonly #log: FileLog;
  readonly #options: EngineOptions;
  readonly #limits: PartitionLimits & GateLimits;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #partitions: (Partition | undefined)[] = [];
  readonly #gates: Gate[] = [];
  readonly #jobs: Jobs;
  #turn = 0;
  #closed = false;

  /** Use `openEngine`. */
  constructor(options: EngineOptions, log: FileLog) {
    this.#options = options;
    this.#log = log;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#clock = options.clock ?? systemClock;
    this.#scheduler = options.scheduler ?? eventLoop;
    this.#jobs = new Jobs(this.#gates, this.#clock, this.#scheduler);
    for (let index = 0; index < log.partitions; index += 1) {
      this.#partitions.push(this.#openPartition(index));
      this.#gates.push(new Gate(this.#limits, () => this.#partitions[index]));
    }
    for (const partition of this.#partitions) partition?.start();
  }

  /** Makes a new version of every executable process in the files, unless its newest has the same content. */
  async deploy(resources: readonly Resource[]): Promise<Deployment> {
    const value = withDefaults('DEPLOYMENT', {
      resources: resources.map(({ name, content }) => ({
        resourceName: name,
        resource: (typeof content === 'string' ? Buffer.from(content) : Buffer.from(content)).toString(
          'base64',
        ),
      })),
    });
    const reply = await this.#gate(1).request('DEPLOYMENT', 'CREATE', NO_KEY, value);
    const { deploymentKey, processesMetadata } = eventOf(reply, 'DEPLOYMENT').value;
    const processes = processesMetadata.map((process) => ({
      bpmnProcessId: process.bpmnProcessId,
      version: process.version,
      processDefinitionKey: process.processDefinitionKey,
      resourceName: process.resourceName,
      isDuplicate: process.duplicate,
    }));
    return { key: deploymentKey, processes };
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
    const variables = reply.kind === 'result' ? (JSON.parse(reply.variables) as Variables) : {};
    return { ...createdInstance(reply), variables };
  }

  async cancelInstance(processInstanceKey: Key): Promise<void> {
    const value = withDefaults('PROCESS_INSTANCE', {});
    await this.#gateOf(processInstanceKey).request('PROCESS_INSTANCE', 'CANCEL', processInstanceKey, value);
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

  async resolveIncident(key: Key): Promise<void> {
    await this.#gateOf(key).request('INCIDENT', 'RESOLVE', key, withDefaults('INCIDENT', {}));
  }

  /** Lets go of the directory. What was not answered is answered with `UNAVAILABLE`. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const partition of this.#partitions) partition?.stop();
    this.#jobs.wakeAll();
    await this.#log.close();
  }

  #openPartition(index: number): Partition {
    return openPartition({
      partitionId: index + 1,
      partitions: this.#log.partitions,
      owner: this.#log.owner(index),
      reader: this.#log.reader(index),
      readResource: this.#options.readResource ?? readBpmnResource,
      clock: this.#clock,
      scheduler: this.#scheduler,
      limits: this.#limits,
      onDurable: (records, effects) => this.#onDurable(records, effects),
      onFailure: (error) => this.#onFailure(index, error),
    });
  }

  #onDurable(records: readonly EngineRecord[], effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'jobsAvailable') this.#jobs.available(effect.type);
      if (effect.kind === 'send') this.#partitions[effect.partitionId - 1]?.send(effect.command);
    }
    this.#options.onRecords?.(records);
  }

  #onFailure(index: number, error: LogError): void {
    void error;
    this.#partitions[index] = undefined;
  }

  #nextGate(): Gate {
    this.#turn = (this.#turn + 1) % this.#gates.length;
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

function creationOf(gate: Gate, request: CreateInstance) {
  return withDefaults('PROCESS_INSTANCE_CREATION', {
    variables: gate.document(request.variables),
    ...('processDefinitionKey' in request
      ? { processDefinitionKey: request.processDefinitionKey }
      : { bpmnProcessId: request.bpmnProcessId, version: request.version ?? -1 }),
  });
}

function createdInstance(reply: { readonly event: EventRecord }): CreatedInstance {
  const { value } = eventOf(reply, 'PROCESS_INSTANCE_CREATION');
  const { processInstanceKey, bpmnProcessId, version, processDefinitionKey } = value;
  return { processInstanceKey, bpmnProcessId, version, processDefinitionKey };
}

const readBpmnResource: ResourceReader = (resource) =>
  parseBpmn(Buffer.from(resource, 'base64').toString('utf8'));
