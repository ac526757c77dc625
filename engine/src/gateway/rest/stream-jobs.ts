import { once } from 'node:events';
import type { Response } from 'express';
import type { z } from 'zod';
import type { Scheduler } from '../../stream/ports.ts';
import type { Engine } from '../engine.ts';
import { EngineError } from '../engine-error.ts';
import type { ActivatedJob } from '../requests.ts';
import { handBack, presentJob } from './job-operations.ts';
import { problemOf } from './problem.ts';
import type { StreamJobsRequest } from './schema.ts';

/** An empty line so often, so that a client that has gone is noticed and proxies keep the connection. */
const HEARTBEAT_MS = 15_000;

export type StreamPorts = {
  readonly engine: Engine;
  readonly scheduler: Scheduler;
  readonly signal: AbortSignal;
};

/**
 * Answers with jobs as they come, a line of JSON each, until the client goes. The next are activated when the client
 * has taken those before; what it did not take is given back. A last line `{"problem": …}` says why it ends.
 */
export async function streamJobs(
  request: z.infer<typeof StreamJobsRequest>,
  response: Response,
  { engine, scheduler, signal }: StreamPorts,
): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' });
  response.flushHeaders();
  while (!signal.aborted) {
    try {
      const jobs = await engine.activateJobs({ ...request, waitMs: HEARTBEAT_MS }, signal);
      const untaken = await writeJobs(jobs, response, signal);
      await handBack(engine, untaken);
      if (jobs.length === 0 && !signal.aborted) response.write('\n');
    } catch (error) {
      if (!(error instanceof EngineError && error.code === 'RESOURCE_EXHAUSTED')) {
        response.write(`${JSON.stringify({ problem: problemOf(error) })}\n`);
        break;
      }
      await waited(scheduler, error.retryAfterMs ?? 0, signal);
    }
  }
  response.end();
}

/** The jobs that the client did not take before it went. */
async function writeJobs(
  jobs: readonly ActivatedJob[],
  response: Response,
  signal: AbortSignal,
): Promise<readonly ActivatedJob[]> {
  for (const [index, job] of jobs.entries()) {
    if (signal.aborted) return jobs.slice(index);
    if (!response.write(`${JSON.stringify(presentJob(job))}\n`)) {
      await once(response, 'drain', { signal }).catch(() => undefined); // it has gone
    }
  }
  return [];
}

function waited(scheduler: Scheduler, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = scheduler.after(delayMs, resolve);
    signal.addEventListener('abort', () => {
      cancel();
      resolve();
    });
  });
}
