import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { ocelRefusal } from './normalise/ocel.ts';
import { rowRefusal } from './normalise/rows-check.ts';
import { type ImportOptions, importLogFile } from './receive/files/import.ts';
import { ThreadCaller } from './thread-call.ts';

/** The thread that reads one file and hands its records to the intake: it lives as long as the import. */
export type ImportThreadOptions = {
  readonly path: string;
  readonly name: string;
  readonly options: ImportOptions;
  readonly run: string;
  /** The other end is answered by the intake thread. */
  readonly intake: MessagePort;
};

async function runImport(job: ImportThreadOptions): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('an import runs as a worker thread');
  const intake = new ThreadCaller(job.intake);
  const owner = new ThreadCaller(port);
  port.postMessage({ kind: 'ready' });
  try {
    const report = await importLogFile({
      path: job.path,
      name: job.name,
      options: job.options,
      append: async (record) => {
        await intake.call('append', [record], [record.buffer as ArrayBuffer]);
      },
      run: job.run,
      resumeAfter: (importId) => owner.call('resumeAfter', [importId]) as Promise<number>,
      rowRefusal,
      ocelRefusal,
      nowUs: () => Date.now() * 1000,
      onProgress: (progress) => port.postMessage({ kind: 'progress', progress }),
    });
    port.postMessage({ kind: 'done', report });
  } catch (error) {
    const { message, code, hint, line } = error as Error & { code?: string; hint?: string; line?: number };
    port.postMessage({
      kind: 'problem',
      problem: { message, code: code ?? '', hint: hint ?? '', line: line ?? 0 },
    });
  }
  job.intake.close();
  port.close();
}

await runImport(workerData as ImportThreadOptions);
