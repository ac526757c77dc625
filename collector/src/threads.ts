import { type TransferListItem, Worker } from 'node:worker_threads';
import { ThreadCaller } from './thread-call.ts';

/** A worker thread of this program, ready to be called. */
export type Thread<Ready> = {
  readonly worker: Worker;
  readonly caller: ThreadCaller;
  readonly ready: Ready;
  /** Resolves when the thread has ended, with its exit code. */
  readonly ended: Promise<number>;
};

type FirstMessage<Ready> = { readonly kind: string; readonly ready?: Ready; readonly reason?: string };

/** Threads run from the build, also when a test runs this file from its source: a worker can't load TypeScript. */
const FROM_SOURCE = import.meta.url.endsWith('.ts');
const BUILD = FROM_SOURCE ? '../dist/' : './';

export function threadUrl(name: string): URL {
  return new URL(`${BUILD}${name}-thread.js`, import.meta.url);
}

/** Events live for one batch of the projection: a nursery that holds one spares most of the copying that V8 would do. */
const NURSERY_MB: Readonly<Record<string, number>> = { projection: 96, intake: 48, kafka: 48 };

/** Starts `NAME-thread` and waits for its `ready` message. */
export function startThread<Ready>(
  name: string,
  workerData: object,
  transferList: readonly TransferListItem[] = [],
): Promise<Thread<Ready>> {
  const worker = new Worker(threadUrl(name), {
    workerData,
    transferList: [...transferList],
    // Conditions that make this process take sources must not reach the build.
    ...(FROM_SOURCE && { execArgv: [] }),
    name: `throughline-${name}`,
    resourceLimits: { maxYoungGenerationSizeMb: NURSERY_MB[name] ?? 16 },
  });
  const caller = new ThreadCaller(worker);
  const ended = new Promise<number>((resolve) => worker.once('exit', resolve));
  return new Promise((resolve, reject) => {
    worker.once('error', (error) => {
      caller.fail(error);
      reject(error);
    });
    worker.once('exit', (code) => {
      const gone = Object.assign(new Error(`the ${name} thread has ended (code ${code})`), { code: 'away' });
      caller.fail(gone);
      reject(gone);
    });
    worker.on('message', (message: FirstMessage<Ready>) => {
      if (message.kind === 'ready') resolve({ worker, caller, ready: message.ready as Ready, ended });
      else if (message.kind === 'failed') reject(new Error(message.reason));
    });
  });
}
