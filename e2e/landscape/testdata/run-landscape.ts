import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Ledger, readLedger } from '../ledger.ts';
import { OtlpSink } from './otlp-sink.ts';

export type RunningLandscape = {
  readonly child: ChildProcess;
  /** The next line on standard output, parsed; rejects when there is none. */
  readonly line: () => Promise<Record<string, unknown>>;
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | null }>;
};

export type Stage = {
  readonly sink: OtlpSink;
  readonly start: (...args: string[]) => RunningLandscape;
  readonly ledger: () => Ledger;
};

/** Gives `play` a sink, and landscapes that export to it and keep their ledger; leaves nothing behind. */
export async function onStage<T>(play: (stage: Stage) => Promise<T>): Promise<T> {
  const sink = new OtlpSink();
  await sink.open();
  const directory = mkdtempSync(join(tmpdir(), 'landscape-'));
  const started: ChildProcess[] = [];
  try {
    return await play({
      sink,
      start(...args) {
        const landscape = runLandscape('../main.ts', '--ledger', directory, '--endpoint', sink.endpoint, ...args);
        started.push(landscape.child);
        return landscape;
      },
      ledger: () => readLedger(directory),
    });
  } finally {
    for (const child of started) child.kill('SIGKILL');
    await sink.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Starts a landscape from its sources, with an IPC channel to the test. `path` is from this folder. */
export function runLandscape(path: string, ...args: string[]): RunningLandscape {
  const main = fileURLToPath(new URL(path, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=source', main, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: withoutTelemetry(process.env),
  });
  if (child.stdout === null)
    throw new Error('standard output of the landscape is piped, so it should be readable');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    async line() {
      const { value, done } = await lines.next();
      if (done === true) throw new Error('the landscape ended without another line');
      return JSON.parse(value) as Record<string, unknown>;
    },
    exit: once(child, 'exit').then(([code, signal]) => ({ code, signal })),
  };
}

/** Whatever telemetry the test run itself is set up for must not reach the landscape. */
function withoutTelemetry(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(OTEL|LANDSCAPE)_/.test(name)));
}
