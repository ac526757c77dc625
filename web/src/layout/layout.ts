import type { LayoutAnswer, LayoutJob } from './layout-worker.ts';
import type { Layout, LayoutRequest } from './shape.ts';

/** What runs a layout job: the browser's worker, or a stand-in in tests. */
export interface LayoutRunner {
  run(job: LayoutJob): void;
  /** Ends it, also in the middle of a job. */
  stop(): void;
  onAnswer: ((answer: LayoutAnswer) => void) | null;
  onFault: ((problem: string) => void) | null;
}

/** A good picture is worth this long a wait; then a plain one has to do. */
const timeLimitMs = { graphviz: 6_000, dagre: 20_000 } as const;

export type LaidOut = { readonly layout: Layout; readonly engine: LayoutJob['engine'] };

/**
 * Lays out in a worker of its own; `signal` ends it. The first engine has a time limit, after which its worker is ended and
 * the second, plainer one gets a fresh worker. Rejects with the last engine's reason, or the signal's.
 */
export async function layOut(
  request: LayoutRequest,
  signal: AbortSignal,
  start: () => LayoutRunner = startWorker,
): Promise<LaidOut> {
  try {
    return {
      layout: await runOnce({ job: 1, engine: 'graphviz', request }, signal, start),
      engine: 'graphviz',
    };
  } catch (error) {
    if (signal.aborted) throw error;
    return { layout: await runOnce({ job: 2, engine: 'dagre', request }, signal, start), engine: 'dagre' };
  }
}

function runOnce(job: LayoutJob, signal: AbortSignal, start: () => LayoutRunner): Promise<Layout> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const runner = start();
    const limit = timeLimitMs[job.engine];
    const timer = setTimeout(() => fail(`${job.engine} took longer than ${limit} ms`), limit);
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      runner.stop();
    };
    const fail = (problem: string) => {
      end();
      reject(new Error(problem));
    };
    const abort = () => {
      end();
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort);
    runner.onFault = fail;
    runner.onAnswer = (answer) => {
      if ('problem' in answer) return fail(answer.problem);
      end();
      resolve(answer.layout);
    };
    runner.run(job);
  });
}

function startWorker(): LayoutRunner {
  const worker = new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module' });
  const runner: LayoutRunner = {
    run: (job) => worker.postMessage(job),
    stop: () => worker.terminate(),
    onAnswer: null,
    onFault: null,
  };
  worker.onmessage = (message: MessageEvent<LayoutAnswer>) => runner.onAnswer?.(message.data);
  worker.onerror = (event) => runner.onFault?.(event.message || 'the layout worker could not be started');
  return runner;
}
