import { parseDocument } from '../protocol/document.ts';
import { type Key, NO_KEY } from '../protocol/key.ts';
import { withDefaults } from '../protocol/value-types.ts';
import type { JobValue } from '../protocol/values/job.ts';
import type { Clock, Scheduler } from '../stream/ports.ts';
import { EngineError } from './engine-error.ts';
import { eventOf, type Gate } from './gate.ts';
import type { ActivatedJob, ActivateJobs } from './requests.ts';

/** Hands out the jobs of all partitions. */
export class Jobs {
  readonly #gates: readonly Gate[];
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #waiting = new Map<string, Set<() => void>>();
  /** Which partition is asked first: each in turn, so that none is starved. */
  #turn = 0;
  #isClosed = false;

  constructor(gates: readonly Gate[], clock: Clock, scheduler: Scheduler) {
    this.#gates = gates;
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  /** Up to `maxJobs`; waits up to `waitMs` for the first or until the signal aborts. Rejects with EngineError. */
  async activate(request: ActivateJobs, signal?: AbortSignal): Promise<ActivatedJob[]> {
    checkRequest(request);
    const endMs = this.#clock.now() + (request.waitMs ?? 0);
    for (;;) {
      if (this.#isClosed) {
        throw new EngineError('UNAVAILABLE', 'Expected the engine to be open, but it is closed');
      }
      const jobs = await this.#activateNow(request);
      const waitMs = endMs - this.#clock.now();
      if (jobs.length > 0 || waitMs <= 0 || signal?.aborted === true) return jobs;
      // The engine may have closed while it was asked.
      if (!this.#isClosed) await this.#jobsOf(request.type, waitMs, signal);
    }
  }

  /** Jobs as they come, until the signal aborts; the next are fetched when those before were taken. */
  async *stream(request: Omit<ActivateJobs, 'waitMs'>, signal: AbortSignal): AsyncGenerator<ActivatedJob> {
    while (!signal.aborted) yield* await this.activate({ ...request, waitMs: STREAM_WAIT_MS }, signal);
  }

  /** There is a job of the type: one who waits for it may look. */
  available(type: string): void {
    const waiting = this.#waiting.get(type);
    const [first] = waiting ?? [];
    first?.();
  }

  /** Tells all who wait that the engine closes. */
  close(): void {
    this.#isClosed = true;
    this.wakeAll();
  }

  /** Lets all who wait look again. */
  wakeAll(): void {
    for (const waiting of this.#waiting.values()) for (const wake of [...waiting]) wake();
  }

  async #activateNow(request: ActivateJobs): Promise<ActivatedJob[]> {
    const found: ActivatedJob[] = [];
    const first = this.#turn;
    this.#turn = (first + 1) % this.#gates.length;
    for (let offset = 0; offset < this.#gates.length && found.length < request.maxJobs; offset += 1) {
      const gate = this.#gates[(first + offset) % this.#gates.length] as Gate; // the index is in range
      if (!gate.hasJobs(request.type)) continue;
      try {
        found.push(...(await activateFrom(gate, request, request.maxJobs - found.length)));
      } catch (error) {
        this.available(request.type); // another who waits may have better luck
        if (found.length === 0) throw error;
        break; // what was handed out must not be lost
      }
    }
    return found;
  }

  #jobsOf(type: string, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(type) ?? new Set();
      this.#waiting.set(type, waiting);
      const wake = (): void => {
        waiting.delete(wake);
        if (waiting.size === 0) this.#waiting.delete(type);
        cancel();
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const cancel = this.#scheduler.after(waitMs, wake);
      signal?.addEventListener('abort', wake);
      waiting.add(wake);
    });
  }
}

const STREAM_WAIT_MS = 60_000;

/** Here already, since partitions without jobs are not asked. */
function checkRequest({ type, maxJobs, timeoutMs }: ActivateJobs): void {
  const expected = 'Expected to activate jobs with';
  const isWhole = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;
  if (type === '') throw new EngineError('INVALID_ARGUMENT', `${expected} a type, but it was blank`);
  for (const [name, value] of Object.entries({ maxJobs, timeoutMs })) {
    if (isWhole(value)) continue;
    throw new EngineError(
      'INVALID_ARGUMENT',
      `${expected} ${name} to be a whole number from 1 on, but got ${value}`,
    );
  }
}

async function activateFrom(gate: Gate, request: ActivateJobs, max: number): Promise<ActivatedJob[]> {
  const value = withDefaults('JOB_BATCH', {
    type: request.type,
    worker: request.worker ?? '',
    timeout: request.timeoutMs,
    maxJobsToActivate: max,
  });
  const reply = await gate.request('JOB_BATCH', 'ACTIVATE', NO_KEY, value);
  const { jobKeys, jobs } = eventOf(reply, 'JOB_BATCH').value;
  return jobs.map((job, index) => activatedJob(jobKeys[index] ?? NO_KEY, job));
}

function activatedJob(key: Key, job: JobValue): ActivatedJob {
  return {
    key,
    type: job.type,
    processInstanceKey: job.processInstanceKey,
    bpmnProcessId: job.bpmnProcessId,
    processDefinitionVersion: job.processDefinitionVersion,
    processDefinitionKey: job.processDefinitionKey,
    elementId: job.elementId,
    elementInstanceKey: job.elementInstanceKey,
    customHeaders: parseDocument(job.customHeaders) as Record<string, string>,
    worker: job.worker,
    retries: job.retries,
    deadlineMs: job.deadline,
    variables: parseDocument(job.variables),
  };
}
