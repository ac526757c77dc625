/**
 * Partitions with snapshots and exporters on a simulated disk, beside everything that they ever wrote: a state that was
 * never restarted, to compare with.
 */
import { applyEvent } from '../apply/appliers.ts';
import { chain, end, processFile, serviceTask, start } from '../bpmn/bpmn.testkit.ts';
import { parseBpmn } from '../bpmn/parse-bpmn.ts';
import { exportDiskOn, Outside, settle } from '../export/export.testkit.ts';
import { jsonLinesExporter } from '../export/json-lines-exporter.ts';
import { type Disk, type FileLog, openFileLog } from '../log/index.ts';
import { SimulatedDisk } from '../log/simulated-disk.ts';
import type { CommandDraft } from '../processing/context.ts';
import { decodeBatch } from '../protocol/batch-codec.ts';
import { documentOf } from '../protocol/document.ts';
import { NO_KEY } from '../protocol/key.ts';
import type { EngineRecord } from '../protocol/record.ts';
import { type ValueOf, type ValueType, withDefaults } from '../protocol/value-types.ts';
import { dumpState } from '../state/dump.testkit.ts';
import { createEngineState } from '../state/engine-state.ts';
import { ManualTime, TEST_LIMITS } from '../stream/cluster.testkit.ts';
import { Cluster } from '../stream/cluster.ts';
import type { Clock, Scheduler } from '../stream/ports.ts';
import { type EngineProblem, Upkeep, type UpkeepSettings } from './upkeep.ts';

export const DIRECTORY = '/engine';
export const PARTITION_DIRECTORY = '/engine/partition-0';
const EXPORTED = '/exported';

const order = processFile('order', start(), serviceTask('pay'), end(), chain('start', 'pay', 'end'));

export type UpkeepBenchOptions = UpkeepSettings & {
  readonly seed?: number;
  readonly segmentBytes?: number;
  /** What lies between the engine and the simulated disk. */
  readonly wrapDisk?: (disk: SimulatedDisk) => Disk;
};

export class UpkeepBench {
  readonly time = new ManualTime();
  readonly disk: SimulatedDisk;
  readonly outside = new Outside();
  readonly problems: EngineProblem[] = [];
  /** All that ever became durable. */
  readonly history: EngineRecord[] = [];
  readonly #options: UpkeepBenchOptions;
  readonly #state = createEngineState();
  #log: FileLog | undefined;
  #cluster: Cluster | undefined;
  #life = 0;
  #upkeep: Upkeep | undefined;

  constructor(options: UpkeepBenchOptions = {}) {
    this.#options = options;
    this.disk = new SimulatedDisk({ seed: options.seed ?? 1, sectorBytes: 64 });
  }

  get log(): FileLog {
    if (this.#log === undefined) throw new Error('The bench is not open');
    return this.#log;
  }

  get upkeep(): Upkeep {
    if (this.#upkeep === undefined) throw new Error('The bench is not open');
    return this.#upkeep;
  }

  /** Opens as an engine does. Throws as that does. */
  open({ looksIntoLog = true } = {}): void {
    const disk = this.#options.wrapDisk?.(this.disk) ?? this.disk;
    const { segmentBytes = 4096 } = this.#options;
    const log = openFileLog({ directory: DIRECTORY, partitions: 1, disk, segmentBytes });
    this.#log = log;
    const time = this.#timeOfLife();
    const settings: UpkeepSettings = {
      snapshots: { everyRecords: 60 },
      exporters: [
        { id: 'outside', create: this.outside.create },
        {
          id: 'file',
          create: jsonLinesExporter({
            directory: EXPORTED,
            fileBytes: 20_000,
            disk: exportDiskOn(this.disk),
          }),
        },
      ],
      exporterLimits: { sliceBytes: 1000, flushRecords: 20, retryMs: 100, retryMsMax: 400 },
      onProblem: (problem) => this.problems.push(problem),
      ...this.#options,
    };
    const upkeep = new Upkeep(settings, {
      log,
      directory: DIRECTORY,
      disk,
      clock: time,
      scheduler: time,
      source: (id) => this.#cluster?.partition(id)?.snapshotSource(),
    });
    this.#upkeep = upkeep;
    this.#cluster = new Cluster({
      log,
      // Commands are left over between almost any two rounds.
      limits: { ...TEST_LIMITS, commandsPerStepMax: 2, stepsPerFlushMax: 1 },
      clock: time,
      scheduler: time,
      readResource: (resource) => parseBpmn(Buffer.from(resource, 'base64').toString('utf8')),
      recover: (id, logStart) => upkeep.recover(id, logStart),
      onRecords: (records) => {
        this.#note(records);
        upkeep.note(1, records.length);
      },
    });
    if (looksIntoLog) this.#noteFromLog();
    upkeep.start();
  }

  /** The rows of the running engine, and those of one that was never restarted. */
  states(): readonly [running: object, expected: object] {
    const partition = this.#cluster?.partition(1);
    if (partition === undefined) throw new Error('The partition is not open');
    return [dumpState(partition.state), dumpState(this.#state.tables)];
  }

  /** Instances that neither wait at their job nor are on the way to it. */
  get lostInstances(): number {
    const state = this.#cluster?.partition(1)?.state;
    return state === undefined ? 0 : state.elements.size - 2 * state.jobs.size;
  }

  /** Submits it and lets all that follows happen. */
  async request<V extends ValueType>(
    valueType: V,
    intent: string,
    fields: Partial<ValueOf<V>>,
    key = NO_KEY,
  ) {
    const value = withDefaults(valueType, fields);
    const draft = { valueType, intent, key, value } as unknown as CommandDraft;
    void this.#cluster?.partition(1)?.submit(draft);
    await settle(this.time);
  }

  async deploy(): Promise<void> {
    const resources = [{ resourceName: 'order.bpmn', resource: Buffer.from(order).toString('base64') }];
    await this.request('DEPLOYMENT', 'CREATE', { resources });
  }

  /** Creates instances, each of which waits at a job. */
  async create(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const variables = documentOf({ index, text: 'x'.repeat(index * 10) }, 10_000);
      await this.request('PROCESS_INSTANCE_CREATION', 'CREATE', { bpmnProcessId: 'order', variables });
    }
  }

  /** Completes the oldest jobs, and with each its instance. */
  async complete(count: number): Promise<void> {
    const jobs = [...(this.#cluster?.partition(1)?.state.jobs.entries() ?? [])].slice(0, count);
    for (const [key] of jobs) await this.request('JOB', 'COMPLETE', {}, key);
  }

  /** Ends the process, or the power of the machine. */
  crash(kind: 'kill' | 'power'): void {
    this.#life += 1;
    this.#cluster = undefined;
    this.disk.crash(kind);
  }

  /** Closes while a new instance is on the way, with a command left over. */
  async closeAmidst(): Promise<void> {
    const value = withDefaults('PROCESS_INSTANCE_CREATION', { bpmnProcessId: 'order' });
    const draft = { valueType: 'PROCESS_INSTANCE_CREATION', intent: 'CREATE', key: NO_KEY, value };
    void this.#cluster?.partition(1)?.submit(draft as CommandDraft);
    let closed: Promise<void> | undefined;
    this.time.soon(() => {
      closed = this.close();
    });
    await settle(this.time);
    await closed;
  }

  /** As an engine closes. */
  async close(): Promise<void> {
    this.upkeep.takeSnapshots();
    this.#cluster?.stop();
    const closed = this.upkeep.close();
    await settle(this.time);
    this.time.advance(2000);
    await closed;
    await this.#cluster?.close();
    this.#cluster = undefined;
  }

  /** Positions of the exported files' lines. */
  exportedPositions(): number[] {
    const files = this.disk.paths.filter((path) => path.startsWith(`${EXPORTED}/`));
    const text = files.map((path) => {
      const file = this.disk.open(path, 'read');
      const bytes = new Uint8Array(file.size());
      file.read(bytes, 0);
      return Buffer.from(bytes).toString();
    });
    const lines = text.join('').split('\n').slice(0, -1);
    return lines.map((line) => (JSON.parse(line) as { position: number }).position);
  }

  snapshotPaths(): string[] {
    return this.disk.paths.filter((path) => path.endsWith('.snapshot'));
  }

  /** Nothing of a process runs after its end. */
  #timeOfLife(): Clock & Scheduler {
    const life = this.#life;
    const whileAlive = (run: () => void) => () => {
      if (life === this.#life) run();
    };
    return {
      now: () => this.time.now(),
      soon: (run) => this.time.soon(whileAlive(run)),
      after: (delayMs, run) => this.time.after(delayMs, whileAlive(run)),
    };
  }

  /** What is in the log though nobody was told before the crash. */
  #noteFromLog(): void {
    const reader = this.log.reader(0);
    for (let from = reader.start; ; ) {
      const stored = reader.read(from, 2 ** 20);
      const last = stored.at(-1);
      if (last === undefined) break;
      from = last.next;
      for (const { payload } of stored) this.#note(decodeBatch(payload).records);
    }
    reader.close();
  }

  #note(records: readonly EngineRecord[]): void {
    for (const record of records) {
      if (record.position <= this.history.length) continue;
      if (record.position !== this.history.length + 1) throw new Error(`A hole before ${record.position}`);
      this.history.push(record);
      if (record.recordType === 'EVENT') applyEvent(this.#state.tables, record);
    }
    this.#state.store.commit();
  }
}
