import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** Runs a file of this folder as a process. */
export function runProcess(
  name: string,
  ...args: readonly string[]
): ChildProcessByStdio<null, Readable, null> {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const nodeArgs = ['--import', 'tsx', '--conditions=source', file, ...args];
  return spawn(process.execPath, nodeArgs, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/**
 * Runs a file of this folder as a worker. tsx as an argument does not reach workers; registered inside it
 * does.
 */
export function runWorker(name: string, workerData: unknown): Worker {
  const file = new URL(name, import.meta.url).href;
  const start = `import('tsx/esm/api').then((tsx) => (tsx.register(), import(${JSON.stringify(file)})))`;
  return new Worker(start, { eval: true, workerData });
}
