/** A cluster whose time, disk and order of execution the test decides, for tests of elements and commands. */
import { parseBpmn } from '../bpmn/parse-bpmn.ts';
import { openFileLog } from '../log/index.ts';
import { SimulatedDisk } from '../log/simulated-disk.ts';
import type { CommandDraft } from '../processing/context.ts';
import { documentOf } from '../protocol/document.ts';
import { type Key, NO_KEY } from '../protocol/key.ts';
import type { EngineRecord, EventRecord } from '../protocol/record.ts';
import type { CommandIntent, EventIntent, ValueOf, ValueType } from '../protocol/value-types.ts';
import { withDefaults } from '../protocol/value-types.ts';
import { Cluster } from './cluster.ts';
import type { Partition, PartitionLimits, Reply } from './partition.ts';
import type { ResourceReader } from './partition-definitions.ts';
import type { Clock, Scheduler } from './ports.ts';

export const TEST_LIMITS: PartitionLimits = {
  commandsPerStepMax: 100,
  chainLengthMax: 1_000,
  callDepthMax: 20,
  batchBytesMax: 2 ** 20,
  stepsPerFlushMax: 16,
  duePerRoundMax: 16,
  resendAfterMs: 5_000,
  jobBatchCharactersMax: 10_000,
};

/** Time that passes, and code that runs, only when told. */
export class ManualTime implements Clock, Scheduler {
  #nowMs = 1_700_000_000_000;
  #soon: (() => void)[] = [];
  #later: { readonly atMs: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  soon(run: () => void): void {
    this.#soon.push(run);
  }

  after(delayMs: number, run: () => void): () => void {
    const entry = { atMs: this.#nowMs + delayMs, run };
    this.#later.push(entry);
    return () => {
      this.#later = this.#later.filter((other) => other !== entry);
    };
  }

  /** Runs what is to run soon, and what that leads to. */
  runAll(): void {
    for (let run = this.#soon.shift(); run !== undefined; run = this.#soon.shift()) run();
  }

  /** Lets time pass, alarm by alarm. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      this.runAll();
      const next = this.#later.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#later = this.#later.filter((other) => other !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
    }
    this.#nowMs = untilMs;
    this.runAll();
  }

  /** Sets the clock alone, as an administrator might. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }
}

export type TestClusterOptions = {
  readonly partitions?: number;
  readonly seed?: number;
  readonly limits?: Partial<PartitionLimits>;
  /** What happens to commands from one partition to another. */
  readonly carry?: (deliver: () => void) => void;
  /** Instead of the reader of BPMN: to let processors fail. */
  readonly readResource?: ResourceReader;
};

const readBpmn: ResourceReader = (resource) => parseBpmn(Buffer.from(resource, 'base64').toString('utf8'));

/** Every request runs until nothing is left to do, and gives its reply. */
export class TestCluster {
  readonly time = new ManualTime();
  readonly disk: SimulatedDisk;
  /** All that became durable since the test began, restarts included. */
  readonly records: EngineRecord[] = [];
  /** While true, requests wait, so that many come at once when it is over. */
  #isHeld = false;
  readonly #options: TestClusterOptions;
  #cluster: Cluster;

  constructor(options: TestClusterOptions = {}) {
    this.#options = options;
    this.disk = new SimulatedDisk({ seed: options.seed ?? 1 });
    this.#cluster = this.#open();
  }

  get partitions(): readonly Partition[] {
    const ids = Array.from({ length: this.#cluster.size }, (_, index) => index + 1);
    return ids.map((id) => this.partition(id));
  }

  partition(id = 1): Partition {
    const partition = this.#cluster.partition(id);
    if (partition === undefined) throw new Error(`Partition ${id} is not open`);
    return partition;
  }

  /** Opens a partition again whose disk has failed. */
  reopen(id = 1): void {
    this.#cluster.reopen(id);
    this.time.runAll();
  }

  isOpen(id = 1): boolean {
    return this.#cluster.partition(id) !== undefined;
  }

  /** Ends the process, or the power of the machine, and starts anew. */
  restart(kind: 'kill' | 'power' = 'kill'): void {
    for (let id = 1; id <= this.#cluster.size; id += 1) this.#cluster.partition(id)?.stop();
    this.disk.crash(kind);
    this.#cluster = this.#open();
    this.time.runAll();
  }

  /** Submits the command; the reply is that of a client, undefined while it is still open. */
  async request<V extends ValueType>(
    valueType: V,
    intent: CommandIntent<V>,
    key: Key,
    fields: Partial<ValueOf<V>> = {},
    partitionId = 1,
  ): Promise<Reply | undefined> {
    let reply: Reply | undefined;
    const draft = { valueType, intent, key, value: withDefaults(valueType, fields) } as CommandDraft;
    void this.partition(partitionId)
      .submit(draft)
      .then((settled) => {
        reply = settled;
      });
    if (!this.#isHeld) this.time.runAll();
    await Promise.resolve();
    return reply;
  }

  /** Lets all requests of the function come at once, so that what follows from each meets the others. */
  async atOnce(requests: () => Promise<void>): Promise<void> {
    this.#isHeld = true;
    await requests();
    this.#isHeld = false;
    this.time.runAll();
  }

  /** Throws when it is refused. */
  async deploy(...xml: readonly string[]): Promise<Reply | undefined> {
    const reply = await this.tryToDeploy(...xml);
    if (reply?.kind === 'rejected') throw new Error(reply.reason);
    return reply;
  }

  async tryToDeploy(...xml: readonly string[]): Promise<Reply | undefined> {
    const resources = xml.map((content, index) => ({
      resourceName: `${index}.bpmn`,
      resource: Buffer.from(content).toString('base64'),
    }));
    return this.request('DEPLOYMENT', 'CREATE', NO_KEY, { resources });
  }

  /** The new instance's key. */
  async create(bpmnProcessId: string, variables: object = {}, partitionId = 1): Promise<Key> {
    const fields = { bpmnProcessId, variables: documentOf(variables, 1e6) };
    const reply = await this.request('PROCESS_INSTANCE_CREATION', 'CREATE', NO_KEY, fields, partitionId);
    if (reply?.kind !== 'done') throw new Error(`Not created: ${JSON.stringify(reply)}`);
    return (reply.event as EventRecord<'PROCESS_INSTANCE_CREATION'>).value.processInstanceKey;
  }

  /** Activates jobs of the type in the partition; their keys. */
  async activate(type: string, maxJobsToActivate = 100, partitionId = 1): Promise<readonly Key[]> {
    const fields = { type, maxJobsToActivate, timeout: 1000, worker: 'test' };
    const reply = await this.request('JOB_BATCH', 'ACTIVATE', NO_KEY, fields, partitionId);
    if (reply?.kind !== 'done') throw new Error(`Not activated: ${JSON.stringify(reply)}`);
    return (reply.event as EventRecord<'JOB_BATCH'>).value.jobKeys;
  }

  /** Activates the first job of the type and completes it. */
  async complete(type: string, variables: object = {}, partitionId = 1): Promise<void> {
    const [key] = await this.activate(type, 1, partitionId);
    if (key === undefined) throw new Error(`There is no job of type ${type}`);
    await this.request('JOB', 'COMPLETE', key, { variables: documentOf(variables, 1e6) }, partitionId);
  }

  /** Events of the kind that became durable, oldest first. */
  events<V extends ValueType>(valueType: V, intent: EventIntent<V>): EventRecord<V>[] {
    return this.records.filter(
      (record) => record.recordType === 'EVENT' && record.valueType === valueType && record.intent === intent,
    ) as EventRecord<V>[];
  }

  /** Ids of the elements with this event, oldest first. */
  elementsWith(intent: EventIntent<'PROCESS_INSTANCE'>): string[] {
    return this.events('PROCESS_INSTANCE', intent).map(({ value }) => value.elementId);
  }

  #open(): Cluster {
    const log = openFileLog({
      directory: '/engine',
      partitions: this.#options.partitions ?? 1,
      disk: this.disk,
      segmentBytes: 16_384,
    });
    return new Cluster({
      log,
      limits: { ...TEST_LIMITS, ...this.#options.limits },
      clock: this.time,
      scheduler: this.time,
      readResource: this.#options.readResource ?? readBpmn,
      onRecords: (records) => this.records.push(...records),
      ...(this.#options.carry === undefined ? {} : { carry: this.#options.carry }),
    });
  }
}
