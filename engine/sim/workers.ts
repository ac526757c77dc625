import type { ActivatedJob } from '../src/gateway/requests.ts';
import type { Ledger } from './ledger.ts';
import { ERROR_CODES, JOB_TYPES } from './names.ts';
import type { Random } from './random.ts';

/** A process elsewhere that takes jobs and does with them what workers do, also what they should not. */
export class Worker {
  readonly #random: Random;
  readonly #ledger: Ledger;
  readonly #name: string;
  #held: ActivatedJob[] = [];
  /** Of the jobs that come by themselves. */
  #stream: AbortController | undefined;

  constructor(name: string, random: Random, ledger: Ledger) {
    this.#name = name;
    this.#random = random;
    this.#ledger = ledger;
  }

  /** Asks for jobs, or does something with one that it has. */
  act(): void {
    if (this.#random.chance(0.04)) this.#startOrEndStream();
    else if (this.#held.length === 0 || this.#random.chance(0.3)) this.#activate();
    else if (this.#random.chance(0.02)) this.#held = [];
    else this.#work(this.#take());
  }

  /** Asks for jobs of all types, to complete them when it acts next: as a worker without faults. */
  serve(): void {
    for (const job of this.#held) this.#complete(job, { x: 0 });
    this.#held = [];
    for (const type of JOB_TYPES) {
      const request = { type, maxJobs: 100, timeoutMs: 60_000, worker: this.#name };
      this.#ledger.request(
        (engine) => engine.activateJobs(request),
        (jobs) => this.#held.push(...jobs),
      );
    }
  }

  #activate(): void {
    const request = {
      type: this.#random.pick(JOB_TYPES),
      maxJobs: this.#random.between(1, 8),
      timeoutMs: this.#random.pick([1, 500, 5_000, 60_000]),
      waitMs: this.#random.pick([0, 2_000]),
      worker: this.#name,
    };
    this.#ledger.request(
      (engine) => engine.activateJobs(request),
      (jobs) => this.#held.push(...jobs),
    );
  }

  #startOrEndStream(): void {
    this.#stream?.abort();
    this.#stream = this.#stream === undefined ? new AbortController() : undefined;
    if (this.#stream === undefined) return;
    const { signal } = this.#stream;
    const random = this.#random;
    const request = {
      type: random.pick(JOB_TYPES),
      maxJobs: random.between(1, 8),
      timeoutMs: random.pick([500, 5_000, 60_000]),
      worker: this.#name,
    };
    this.#ledger.follow(
      (engine) => engine.streamJobs(request, signal),
      (job) => this.#held.push(job),
    );
  }

  #take(): ActivatedJob {
    const [job] = this.#held.splice(this.#random.between(0, this.#held.length - 1), 1);
    if (job === undefined) throw new Error('The worker has no job');
    return job;
  }

  #work(job: ActivatedJob): void {
    const random = this.#random;
    const doing = random.weighted([
      [14, 'complete'],
      [2, 'complete twice'],
      [2, 'complete and forget that'],
      [2, 'fail'],
      [2, 'throw'],
      [1, 'keep for longer'],
      [1, 'set retries'],
    ] as const);
    if (doing === 'fail') {
      const retries = Math.max(0, job.retries - random.between(0, 2));
      const failure = { retries, retryBackoffMs: random.pick([0, 0, 700]), errorMessage: 'no luck' };
      this.#ledger.request(
        (engine) => engine.failJob(job.key, failure),
        () => this.#ledger.expect(job.key, 'JOB', 'FAILED'),
      );
    } else if (doing === 'throw') {
      const errorCode = random.pick([...ERROR_CODES, 'unknown']);
      this.#ledger.request(
        (engine) => engine.throwError(job.key, { errorCode }),
        () => this.#ledger.expect(job.key, 'JOB', 'ERROR_THROWN'),
      );
    } else if (doing === 'keep for longer') {
      const timeoutMs = random.pick([1, 10_000]);
      this.#ledger.request(
        (engine) => engine.updateTimeout(job.key, timeoutMs),
        () => this.#ledger.expect(job.key, 'JOB', 'TIMEOUT_UPDATED'),
      );
      this.#held.push(job);
    } else if (doing === 'set retries') {
      const retries = random.between(1, 4);
      this.#ledger.request(
        (engine) => engine.updateRetries(job.key, retries),
        () => this.#ledger.expect(job.key, 'JOB', 'RETRIES_UPDATED'),
      );
      this.#held.push(job);
    } else {
      this.#complete(job, this.#result());
      if (doing === 'complete twice') this.#complete(job, this.#result());
      if (doing === 'complete and forget that') this.#held.push(job);
    }
  }

  #complete({ key }: ActivatedJob, variables: object): void {
    this.#ledger.request(
      (engine) => engine.completeJob(key, variables as Record<string, unknown>),
      () => this.#ledger.jobCompleted(key),
    );
  }

  #result(): object {
    if (this.#random.chance(0.03)) return { x: 'not a number' };
    return this.#random.chance(0.3) ? {} : { x: this.#random.between(0, 5) };
  }
}
