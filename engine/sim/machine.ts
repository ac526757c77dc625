import { DEFAULT_LIMITS, Engine } from '../src/gateway/engine.ts';
import { Reopening } from '../src/host/reopening.ts';
import type { EngineProblem } from '../src/host/upkeep.ts';
import { type FileLog, openFileLog } from '../src/log/index.ts';
import { SimulatedDisk } from '../src/log/simulated-disk.ts';
import { Carrier } from './carrier.ts';
import { Destination } from './destination.ts';
import { History } from './history.ts';
import type { Laws } from './laws.ts';
import type { Random } from './random.ts';
import { readCached } from './resources.ts';
import { isRefusal, putBack, type Rot, rot } from './rot.ts';
import type { Setting } from './setting.ts';
import type { SimulatedTime } from './simulated-time.ts';
import { Violation } from './violation.ts';
import { WatchedPartitions } from './watched-partitions.ts';

const DIRECTORY = '/engine';

export type MachineOptions = {
  readonly random: Random;
  readonly time: SimulatedTime;
  readonly setting: Setting;
  readonly laws: Laws;
  readonly tell: (what: string) => void;
};

type Running = {
  readonly engine: Engine;
  readonly local: WatchedPartitions;
  readonly log: FileLog;
  readonly endLife: () => void;
};

/** The computer that the engine runs on, as it breaks and is repaired; and what it must still know afterwards. */
export class Machine {
  readonly disk: SimulatedDisk;
  readonly carrier: Carrier;
  readonly destination: Destination;
  readonly histories: readonly History[];
  readonly problems: EngineProblem[] = [];
  readonly #options: MachineOptions;
  /** Partitions whose disk has failed. */
  readonly #failed = new Set<number>();
  #running: Running | undefined;
  #rot: Rot | undefined;
  #violation: Violation | undefined;
  restarts = 0;
  /** Refusals to open and snapshots left out because of a bad bit. */
  rotsFound = 0;

  constructor(options: MachineOptions) {
    this.#options = options;
    const { random, setting, laws } = options;
    this.disk = new SimulatedDisk({ seed: random.between(1, 2 ** 31), sectorBytes: random.pick([64, 512]) });
    this.carrier = new Carrier(random);
    this.destination = new Destination(random);
    const ids = Array.from({ length: setting.partitions }, (_, index) => index + 1);
    this.histories = ids.map((id) => new History(id, laws));
  }

  /** Undefined while the machine is down. */
  get engine(): Engine | undefined {
    return this.#running?.engine;
  }

  /** Opens the engine, with another try for each failure; compares what it knows with what it must know. */
  boot(): void {
    for (let tries = 0; this.#running === undefined; tries += 1) {
      if (tries === 3) this.heal();
      if (tries === 10) throw new Violation('The engine does not open on a disk without faults');
      this.#tryToBoot(tries);
    }
    for (const [index, history] of this.histories.entries()) this.#compareLog(index + 1, history);
    this.compareStates();
  }

  /** Ends the process, or the power, at once. */
  crash(kind: 'kill' | 'power'): void {
    this.#options.tell(`crash: ${kind}`);
    this.#end(kind);
    this.restarts += 1;
  }

  /** Closes the engine as its program would; time must go on meanwhile. */
  async close(): Promise<void> {
    const running = this.#running;
    await running?.engine.close();
    if (this.#running !== running) return;
    this.#end('kill');
    this.restarts += 1;
  }

  /** Opens partitions again whose disk has failed, where it lets them: those that wait for somebody to, or all. */
  reopenFailed(which: 'waiting' | 'all'): void {
    const { engine } = this;
    for (const { partitionId, failure } of engine?.partitions ?? []) {
      const isMeant = which === 'all' || failure?.retryAfterMs === undefined;
      if (this.#failed.has(partitionId) && isMeant) engine?.reopen(partitionId).catch(() => {}); // told, and noted
    }
  }

  /**
   * Lets a bit of some file go bad while the machine is down. Nothing else goes wrong when it is opened then: damage in
   * the last batch looks like a torn write, and that it was cut off is told only by an opening that succeeds.
   */
  rot(): void {
    this.putBackRot();
    this.#healDisk();
    const { random, tell } = this.#options;
    const paths = this.disk.paths.filter((path) => /\.(log|snapshot)$|exporter/.test(path));
    if (paths.length === 0) return;
    this.#rot = rot(this.disk, random.pick(paths));
    if (this.#rot !== undefined) tell(`rot: ${this.#rot.path} at ${this.#rot.offset}`);
  }

  putBackRot(cut = false): void {
    if (this.#rot === undefined) return;
    this.#healDisk();
    putBack(this.disk, this.#rot, cut);
    this.#rot = undefined;
  }

  /** Takes away all faults for good. */
  heal(): void {
    this.#healDisk();
    this.carrier.heal();
    this.destination.troubleChance = 0;
  }

  #healDisk(): void {
    this.disk.stopAfter(Number.POSITIVE_INFINITY);
    this.disk.syncFailureChance = 0;
    this.disk.capacityBytes = Number.POSITIVE_INFINITY;
  }

  get isHealthy(): boolean {
    return this.#running !== undefined && this.#failed.size === 0;
  }

  /** The rows of the running engine are those of one that was never restarted. Not while a step runs. */
  compareStates(): void {
    for (const [index, history] of this.histories.entries()) {
      const state = this.#running?.local.partition(index + 1)?.state;
      if (state !== undefined) history.compareState(state);
    }
  }

  /** Throws Violation when something was found while the engine ran. */
  check(): void {
    const violation = this.#violation ?? this.destination.violation;
    if (violation !== undefined) throw violation;
  }

  #tryToBoot(tries: number): void {
    const { time, setting, tell } = this.#options;
    const { disk } = this;
    const life = time.newLife();
    this.#failed.clear();
    try {
      const { partitions, segmentBytes } = setting;
      const log = openFileLog({ directory: DIRECTORY, partitions, segmentBytes, disk });
      if (this.#rot !== undefined && log.recovered.length > 0) {
        // Damage within the last batch can't be told from a torn write. It is reported, and the copy put back.
        this.rotsFound += 1;
        this.#end('kill');
        this.putBackRot(true);
        return;
      }
      const { limits, snapshots, exporterLimits } = setting;
      const ports = { clock: life.ports, scheduler: life.ports };
      const reopening = new Reopening(setting.reopen, life.ports, life.ports);
      const local = new WatchedPartitions({
        ...ports,
        directory: DIRECTORY,
        disk,
        log,
        limits: { ...DEFAULT_LIMITS, ...limits },
        snapshots,
        exporters: [{ id: 'destination', create: this.destination.create }],
        exporterLimits,
        onRecords: (records) => this.#note(records),
        onProblem: (problem) => this.problems.push(problem),
        onFailure: (partitionId, error) => {
          tell(`partition ${partitionId} failed: ${error.message}`);
          this.#failed.add(partitionId);
          reopening.note(partitionId, error);
        },
        carry: (deliver) => this.carrier.carry(deliver, life.ports),
        readResource: readCached,
        onReopened: (partitionId) => this.#reopened(partitionId),
        onNotReopened: (partitionId, error) => this.#notReopened(partitionId, error),
      });
      const engine = new Engine({ ...ports, limits }, local, reopening);
      this.#running = { engine, local, log, endLife: life.end };
    } catch (error) {
      life.end();
      if (!(error instanceof Error)) throw error;
      tell(`does not open: ${error.message}`);
      const wasStopped = disk.isStopped;
      this.#end(wasStopped ? 'power' : 'kill');
      if (isRefusal(error)) this.#checkRotten(error);
      else if (tries >= 3) throw error;
    }
  }

  /** A refusal for damage is right when there is some. */
  #checkRotten(error: unknown): void {
    if (this.#rot === undefined) throw error;
    this.rotsFound += 1;
    this.putBackRot();
  }

  #compareLog(id: number, history: History): void {
    const reader = this.#running?.log.reader(id - 1);
    if (reader === undefined) return;
    try {
      history.noteLog(reader);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#checkRotten(error);
      history.noteLog(reader);
    } finally {
      reader.close();
    }
  }

  #stateOf(id: number) {
    const state = this.#running?.local.partition(id)?.state;
    if (state === undefined) throw new Violation(`Partition ${id} is not open after it was reopened`);
    return state;
  }

  #note(records: Parameters<History['note']>[0]): void {
    const [first] = records;
    this.#listen(() => {
      if (first !== undefined) this.histories[first.partitionId - 1]?.note(records);
    });
  }

  #reopened(id: number): void {
    this.#options.tell(`partition ${id} is open again`);
    this.#failed.delete(id);
    this.#listen(() => {
      const history = this.histories[id - 1];
      if (history === undefined) return;
      this.#compareLog(id, history);
      history.compareState(this.#stateOf(id));
    });
  }

  #notReopened(id: number, error: unknown): void {
    this.#options.tell(`partition ${id} does not reopen: ${(error as Error).message}`);
    this.#listen(() => {
      if (isRefusal(error)) this.#checkRotten(error);
    });
  }

  /** A listener must not throw, so what it finds is kept for `check`. */
  #listen(find: () => void): void {
    try {
      find();
    } catch (error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#violation ??= error instanceof Violation ? error : new Violation(message);
    }
  }

  #end(kind: 'kill' | 'power'): void {
    this.#running?.endLife();
    this.#running = undefined;
    this.#failed.clear();
    this.carrier.dropAll();
    this.disk.crash(kind);
  }
}
