import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { ImportThreadOptions } from './import-thread.ts';
import type { IntakeReady } from './intake-thread.ts';
import type { ImportOptions } from './receive/files/import.ts';
import type { ImportReport } from './receive/files/report.ts';
import type { ImportLine } from './serve/schema.ts';
import type { SupervisedProjection } from './supervised-projection.ts';
import { answerCalls } from './thread-call.ts';
import { type Thread, threadUrl } from './threads.ts';

/** Brings one file in; resolves when all of it can be queried, with the exact report, or with what went wrong. */
export type ImportFile = (job: ImportJob) => Promise<ImportLine>;

export type ImportJob = {
  readonly path: string;
  /** For the source `file:NAME`. */
  readonly name: string;
  readonly options: ImportOptions;
  readonly onProgress: (line: ImportLine) => void;
};

type Progress = Omit<Extract<ImportLine, { kind: 'progress' }>, 'kind'>;
type Failed = Extract<ImportLine, { kind: 'failed' }>;

type ImportMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly report: ImportReport }
  | { readonly kind: 'problem'; readonly problem: Omit<Failed, 'kind'> };

const POLL_MS = 50;

export function importer(intake: Thread<IntakeReady>, projection: SupervisedProjection): ImportFile {
  return async (job) => {
    const startedMs = performance.now();
    const run = randomUUID();
    const result = await readInThread(job, run, intake, projection);
    if ('kind' in result) return result;
    try {
      await untilStored(projection);
      return doneLine(result, await projection.importTally(run), performance.now() - startedMs);
    } catch (error) {
      const message = `${job.name} is in the intake log, whole, but cannot be seen yet: ${messageOf(error)}`;
      return failed(message, 'Nothing is lost: it is taken up when the collector is started again.');
    }
  };
}

/** Each import has a thread of its own, with a direct line to the intake. */
async function readInThread(
  job: ImportJob,
  run: string,
  intake: Thread<IntakeReady>,
  projection: SupervisedProjection,
): Promise<ImportReport | Failed> {
  const { port1, port2 } = new MessageChannel();
  await intake.caller.call('attach', [port1], [port1]);
  const workerData = { path: job.path, name: job.name, options: job.options, run, intake: port2 };
  const worker = new Worker(threadUrl('import'), {
    workerData: workerData satisfies ImportThreadOptions,
    transferList: [port2],
  });
  answerCalls(worker, {
    /** What an interrupted import left in the log has to be taken from there first. */
    async resumeAfter(importId: string): Promise<number> {
      await untilStored(projection);
      return projection.importedUntil(importId);
    },
  });
  return new Promise((resolve) => {
    worker.on('message', (message: ImportMessage) => {
      if (message.kind === 'progress') job.onProgress({ kind: 'progress', ...message.progress });
      else if (message.kind === 'done') resolve(message.report);
      else if (message.kind === 'problem') resolve({ kind: 'failed', ...message.problem });
    });
    worker.once('error', (error) => resolve(failed(error.message, '')));
    worker.once('exit', (code) => resolve(failed(`the import ended with code ${code}`, '')));
  });
}

/** Until everything that was accepted when it was called is in the store. @throws Error when that can't be. */
async function untilStored(projection: SupervisedProjection): Promise<void> {
  const { end } = await projection.progress();
  for (;;) {
    if (projection.failure !== '') throw new Error(projection.failure);
    if ((await projection.progress()).stored >= end) return;
    await delay(POLL_MS);
  }
}

function doneLine(
  report: ImportReport,
  tally: { readonly events: number; readonly duplicates: number },
  durationMs: number,
): ImportLine {
  const { format, read, rejected, skipped, firstRejections, notes } = report;
  const duplicates = report.present + tally.duplicates;
  return {
    kind: 'done',
    format,
    read,
    accepted: Math.max(0, read - duplicates - rejected - skipped),
    duplicates,
    rejected,
    skipped,
    events: tally.events,
    notes: [...notes],
    firstRejections: [...firstRejections],
    durationMs,
  };
}

function failed(message: string, hint: string): Failed {
  return { kind: 'failed', code: '', message, hint, line: 0 };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
