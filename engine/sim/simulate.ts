import type { EngineRecord } from '../src/protocol/record.ts';
import { Clients } from './clients.ts';
import {
  checkNothingLeft,
  checkWaitsForSomebody,
  isSomethingOpen,
  isWorkOpen,
  stuckInIncidents,
} from './end-state.ts';
import { changeFaults } from './faults.ts';
import { hopelessInstances } from './hopeless.ts';
import { Laws } from './laws.ts';
import { Ledger } from './ledger.ts';
import { Machine } from './machine.ts';
import { Operators } from './operators.ts';
import { processOf } from './process-stock.ts';
import { Random } from './random.ts';
import { randomSetting } from './setting.ts';
import { SimulatedTime } from './simulated-time.ts';
import { Violation } from './violation.ts';
import { Worker } from './workers.ts';

export type Summary = {
  readonly records: number;
  readonly instances: number;
  readonly jobs: number;
  readonly incidents: number;
  readonly restarts: number;
  readonly rotsFound: number;
  readonly answers: { readonly done: number; readonly refused: number; readonly unknown: number };
};

/** Is shown every record as soon as it is known to be durable. */
type OnRecord = (record: EngineRecord) => void;

/** More than that in a row without time passing is a loop without end. */
const TASKS_AT_ONCE_MAX = 50_000;
/** An error that nothing catches is an incident however often it is resolved: such instances are canceled then. */
const ROUNDS_TO_END_MAX = 60;

/**
 * Lets one engine live through what the seed has in store, then lets everything work and waits for the end. Rejects with
 * Violation, whose message has the seed and what happened last, when something that must hold does not.
 */
export async function simulate(seed: number, onRecord: OnRecord = () => {}): Promise<Summary> {
  const simulation = new Simulation(seed, onRecord);
  try {
    return await simulation.run();
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const told = simulation.told.slice(-30).join('\n  ');
    throw new Violation(`Seed ${seed}: ${reason}\nWhat happened last:\n  ${told}`);
  }
}

class Simulation {
  readonly told: string[] = [];
  readonly #random: Random;
  readonly #time: SimulatedTime;
  readonly #laws: Laws;
  readonly #machine: Machine;
  readonly #ledger: Ledger;
  readonly #clients: Clients;
  readonly #operators: Operators;
  readonly #workers: readonly Worker[];

  constructor(seed: number, onRecord: OnRecord) {
    const random = new Random(seed);
    this.#laws = new Laws(onRecord);
    this.#random = random;
    this.#time = new SimulatedTime(random);
    const setting = randomSetting(random);
    this.#tell(JSON.stringify(setting));
    this.#machine = new Machine({
      random,
      time: this.#time,
      setting,
      laws: this.#laws,
      tell: (what) => this.#tell(what),
    });
    this.#ledger = new Ledger(this.#machine);
    const names = Array.from({ length: random.between(1, 3) }, (_, index) => `p${index + 1}`);
    const files = names.map((name) => {
      return { name, content: processOf(name, random), another: () => processOf(name, random) };
    });
    this.#clients = new Clients(random, this.#ledger, this.#machine.histories, files);
    this.#operators = new Operators(random, this.#ledger, this.#machine.histories);
    this.#workers = ['w1', 'w2'].map((name) => new Worker(name, random, this.#ledger));
  }

  async run(): Promise<Summary> {
    const machine = this.#machine;
    machine.boot();
    this.#clients.deployAll();
    await this.#pass(1_000);
    if (this.#ledger.answers.refused > 0)
      throw new Violation(`A random process was refused: ${this.#ledger.lastRefusal}`);
    for (let ticks = this.#random.between(20, 80); ticks > 0; ticks -= 1) await this.#tick();
    await this.#comeToRest();
    await this.#close();
    machine.boot();
    this.#ledger.check(machine.histories, this.#laws);
    this.#laws.checkEnd();
    return {
      records: machine.histories.reduce((sum, { records }) => sum + records.length, 0),
      ...this.#laws.counts,
      restarts: machine.restarts,
      rotsFound: machine.rotsFound,
      answers: this.#ledger.answers,
    };
  }

  /** One of the things that people, workers, time and machines do. */
  async #tick(): Promise<void> {
    const machine = this.#machine;
    if (machine.engine === undefined && this.#random.chance(0.5)) this.#boot();
    else if (!machine.isHealthy && this.#random.chance(0.3)) machine.reopenFailed('all');
    await this.#random.weighted<() => Promise<void> | void>([
      [10, () => this.#several(() => this.#clients.act())],
      [3, () => this.#several(() => this.#operators.act())],
      [14, () => this.#several(() => this.#random.pick(this.#workers).act())],
      [8, () => this.#runSome()],
      [6, () => this.#pass(this.#random.pick([0, 0, 20, 1_000, 6_000]))],
      [3, () => this.#tell(changeFaults(machine, this.#time, this.#random))],
      [0.6, () => this.#crash()],
      [0.4, () => this.#close()],
      [0.4, () => machine.compareStates()],
    ])();
  }

  #several(act: () => void): void {
    for (let times = this.#random.pick([1, 1, 2, 5]); times > 0; times -= 1) act();
  }

  #boot(): void {
    if (this.#random.chance(0.15)) this.#machine.rot();
    else if (this.#random.chance(0.2)) this.#machine.disk.stopAfter(this.#random.between(0, 30));
    this.#machine.boot();
  }

  #crash(): void {
    if (this.#machine.engine !== undefined) this.#machine.crash(this.#random.pick(['kill', 'power']));
  }

  async #close(): Promise<void> {
    const { engine } = this.#machine;
    if (engine === undefined) return;
    this.#tell('close');
    let isClosed = false;
    void this.#machine.close().then(() => {
      isClosed = true;
    });
    for (let tries = 0; !isClosed && this.#machine.engine === engine; tries += 1) {
      if (tries > 100) throw new Violation('The engine does not close');
      await this.#pass(100);
    }
  }

  /** A few of the things that are to run soon, each with all that Node runs right after it. */
  async #runSome(): Promise<void> {
    for (let left = this.#random.between(1, 4); left > 0 && !this.#time.isIdle; left -= 1) {
      this.#time.runOne();
      await this.#after();
    }
  }

  /** Lets all run that can, and time pass. */
  async #pass(ms: number): Promise<void> {
    const untilMs = this.#time.passedMs + ms;
    await this.#after();
    for (let tasks = 0; ; tasks += 1) {
      if (tasks > TASKS_AT_ONCE_MAX) throw new Violation('The engine never comes to rest');
      if (!this.#time.isIdle) this.#time.runOne();
      else if (!this.#time.ringNext(untilMs)) break;
      await this.#after();
    }
  }

  async #after(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const { disk } = this.#machine;
    if (this.#machine.engine !== undefined && disk.isStopped) {
      this.#machine.crash(this.#random.pick(['kill', 'power']));
    }
    this.#machine.check();
  }

  /** Everything works again, and everybody does what is asked of them, until nothing is left to do. */
  async #comeToRest(): Promise<void> {
    const machine = this.#machine;
    this.#tell('now all is well');
    machine.heal();
    if (machine.engine === undefined) machine.boot();
    machine.putBackRot();
    this.#time.jump(3_600_000);
    machine.reopenFailed('waiting');
    await this.#pass(1_000); // what was asked for until now begins
    for (let round = 0; isSomethingOpen(machine.histories); round += 1) {
      if (round >= ROUNDS_TO_END_MAX) {
        const stuck = stuckInIncidents(machine.histories);
        if (stuck === undefined && round === ROUNDS_TO_END_MAX) checkWaitsForSomebody(machine.histories);
        // Again in the next rounds: more at once than the partition takes are refused.
        for (const key of stuck ?? []) this.#clients.cancel(key);
      }
      if (round > ROUNDS_TO_END_MAX + 10) checkWaitsForSomebody(machine.histories);
      machine.reopenFailed('waiting');
      for (const worker of this.#workers) worker.serve();
      // Mostly when workers have nothing to do: what an event begins beside a path must come to its end.
      if (round % 5 === 3) {
        for (const key of hopelessInstances(machine.histories, this.#laws)) this.#clients.cancel(key);
      }
      if (!isWorkOpen(machine.histories) || round % 10 === 0) await this.#answerAll(round >= 30);
      await this.#pass(round % 5 === 4 ? 61_000 : 500);
    }
    await this.#pass(120_000);
    if (!machine.isHealthy) throw new Violation('A partition does not open again on a disk without faults');
    machine.compareStates();
    checkNothingLeft(machine.histories);
    for (const [index, { records }] of machine.histories.entries()) {
      const exported = machine.destination.last(index + 1);
      if (exported !== records.length) {
        throw new Violation(`Partition ${index + 1} has ${records.length} records and exported ${exported}`);
      }
    }
  }

  async #answerAll(isLate: boolean): Promise<void> {
    for (const answer of this.#clients.answers(isLate)) {
      answer();
      await this.#pass(0);
    }
  }

  #tell(what: string): void {
    this.told.push(`${this.#time.passedMs} ms: ${what}`);
  }
}
