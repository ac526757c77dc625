import { EngineError } from '../gateway/engine-error.ts';
import type { ActivatedJob, Variables } from '../gateway/requests.ts';
import type { Scheduler } from '../stream/ports.ts';
import { BpmnError } from './bpmn-error.ts';
import { connectEngine, type EngineClient } from './rest-client.ts';

export type WorkerEngine = Pick<EngineClient, 'activateJobs' | 'completeJob' | 'failJob' | 'throwError'>;

/**
 * Does one job; resolves with its output variables. It may be called again for the same job after a failure or time-out:
 * what it does outside should be harmless when done twice.
 */
export type JobHandler = (
  job: ActivatedJob,
) => Promise<Variables | undefined | void> | Variables | undefined | void;

export type WorkerOptions = (
  | { /** Of a REST gateway. */ readonly url: string }
  | { /** A client, or an engine of this process. */ readonly engine: WorkerEngine }
) & {
  readonly type: string;
  readonly handler: JobHandler;
  /** Jobs in hand at the same time. Default 32. */
  readonly maxJobs?: number;
  /** For how long a job is this worker's; then others can have it, too. Default 60 s. */
  readonly timeoutMs?: number;
  /** Its name in records. Default: the type of its jobs. */
  readonly name?: string;
  /** Before a failed job can be had again. Default 1 s. */
  readonly retryBackoffMs?: number;
  /**
   * Around each call of the handler, within which telemetry can open a span that follows `job.variables.traceparent`.
   * It may add `traceparent` to the variables for those who come after.
   */
  readonly around?: (job: ActivatedJob, work: () => Promise<Variables>) => Promise<Variables>;
  /** Asking for jobs began to fail, or the engine could not be told of one; it goes on. Must not throw. */
  readonly onProblem?: (error: EngineError) => void;
  readonly scheduler?: Scheduler;
};

export type Worker = {
  /** Takes no more jobs; resolves when those in hand are done and told of. */
  readonly stop: () => Promise<void>;
};

const DEFAULTS = { maxJobs: 32, timeoutMs: 60_000, retryBackoffMs: 1000 };
/** Below what proxies and Node's fetch allow without an answer. */
const POLL_MS = 30_000;
const BACKOFF_MS = { first: 100, max: 10_000 };
/** How often it is tried to tell the engine how a job came out; then the job times out and is done again. */
const SETTLE_ATTEMPTS = 8;

/** Node's timers; unlike the engine's own they keep the process alive. */
const timers: Scheduler = {
  soon: (run) => void setImmediate(run),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Begins to do jobs of the type, several at a time, until it is stopped. */
export function createWorker(options: WorkerOptions): Worker {
  const worker = new JobWorker(options);
  const running = worker.run();
  return {
    stop: () => {
      worker.stop();
      return running;
    },
  };
}

class JobWorker {
  readonly #options: WorkerOptions & typeof DEFAULTS;
  readonly #engine: WorkerEngine;
  readonly #scheduler: Scheduler;
  readonly #stopping = new AbortController();
  readonly #inHand = new Set<Promise<void>>();

  constructor(options: WorkerOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#engine = 'engine' in options ? options.engine : connectEngine({ url: options.url });
    this.#scheduler = options.scheduler ?? timers;
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** Resolves when it was stopped and nothing is in hand any more. */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    while (!signal.aborted) {
      if (this.#inHand.size >= this.#options.maxJobs) {
        await Promise.race(this.#inHand);
        continue; // it may have been stopped meanwhile
      }
      try {
        for (const job of await this.#poll()) this.#take(job);
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        const problem = asEngineError(error);
        if (failures === 0 && problem.code !== 'RESOURCE_EXHAUSTED') this.#options.onProblem?.(problem);
        await this.#waited(backoffMs(problem, failures));
        failures += 1;
      }
    }
    await Promise.all(this.#inHand);
  }

  #poll(): Promise<ActivatedJob[]> {
    const { type, maxJobs, timeoutMs, name = type } = this.#options;
    const free = maxJobs - this.#inHand.size;
    const request = { type, maxJobs: free, timeoutMs, worker: name, waitMs: POLL_MS };
    return this.#engine.activateJobs(request, this.#stopping.signal);
  }

  #take(job: ActivatedJob): void {
    const doing = this.#do(job).finally(() => this.#inHand.delete(doing));
    this.#inHand.add(doing);
  }

  /** Never rejects. */
  async #do(job: ActivatedJob): Promise<void> {
    const { handler, around } = this.#options;
    const work = async (): Promise<Variables> => (await handler(job)) ?? {};
    let variables: Variables;
    try {
      variables = await (around === undefined ? work() : around(job, work));
    } catch (error) {
      await this.#tell(() => this.#tellOf(job, error));
      return;
    }
    const refusal = await this.#tell(() => this.#engine.completeJob(job.key, variables));
    if (refusal?.code === 'INVALID_ARGUMENT' || refusal?.code === 'TOO_LARGE') {
      await this.#tell(() => this.#tellOf(job, refusal));
    }
  }

  #tellOf(job: ActivatedJob, error: unknown): Promise<void> {
    if (error instanceof BpmnError) {
      const { errorCode, message, variables } = error;
      return this.#engine.throwError(job.key, { errorCode, errorMessage: message, variables });
    }
    const { retryBackoffMs } = this.#options;
    const errorMessage = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return this.#engine.failJob(job.key, {
      retries: Math.max(0, job.retries - 1),
      retryBackoffMs,
      errorMessage: errorMessage.slice(0, ERROR_MESSAGE_MAX),
    });
  }

  /**
   * Tells the engine, again when it was not there or had too much to do. Resolves with why it refused. One that was
   * told without an answer may refuse the repetition with `NOT_FOUND`: then it had been told.
   */
  async #tell(request: () => Promise<void>): Promise<EngineError | undefined> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await request();
        return undefined;
      } catch (thrown) {
        const error = asEngineError(thrown);
        if (attempt > 0 && error.code === 'NOT_FOUND') return undefined;
        const isPassing = error.code === 'UNAVAILABLE' || error.code === 'RESOURCE_EXHAUSTED';
        if (!isPassing || attempt + 1 === SETTLE_ATTEMPTS) {
          this.#options.onProblem?.(error);
          return error;
        }
        await this.#after(backoffMs(error, attempt));
      }
    }
  }

  #after(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.#scheduler.after(delayMs, resolve));
  }

  /** Like `#after`, cut short when it is stopped. */
  #waited(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.#stopping;
      const cancel = this.#scheduler.after(delayMs, done);
      function done(): void {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done);
    });
  }
}

function backoffMs({ retryAfterMs = 0 }: EngineError, failuresBefore: number): number {
  return Math.max(retryAfterMs, Math.min(BACKOFF_MS.max, BACKOFF_MS.first * 2 ** failuresBefore));
}

const ERROR_MESSAGE_MAX = 10_000;

/** Clients reject with nothing else; what a handler's own client does is not known. */
function asEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new EngineError('UNAVAILABLE', `Expected an answer of the engine, but ${message}`, { cause: error });
}
