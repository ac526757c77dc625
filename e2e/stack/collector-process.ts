import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const cli = createRequire(import.meta.url).resolve('throughline/bin');

/** A collector as a user runs it: a process of its own, from the build, on free ports. */
export type CollectorProcess = {
  readonly http: string;
  readonly otlpHttp: string;
  readonly otlpGrpc: string;
  readonly child: ChildProcess;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
};

export type CollectorSettings = {
  readonly dataDir: string;
  readonly config?: string;
  readonly otlpHttpPort?: number;
  readonly otlpGrpcPort?: number;
  /** Variables beside those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
};

export async function startCollectorProcess(settings: CollectorSettings): Promise<CollectorProcess> {
  const config = settings.config === undefined ? [] : ['--config', settings.config];
  const child = spawn(process.execPath, [cli, 'serve', ...config], {
    env: {
      ...process.env,
      ...settings.environment,
      THROUGHLINE_DATA_DIR: settings.dataDir,
      THROUGHLINE_HTTP_PORT: '0',
      THROUGHLINE_OTLP_HTTP_PORT: String(settings.otlpHttpPort ?? 0),
      THROUGHLINE_OTLP_GRPC_PORT: String(settings.otlpGrpcPort ?? 0),
      THROUGHLINE_DEMO: 'off',
      THROUGHLINE_BUILD: 'off',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  const first = await Promise.race([lines.next(), exited.then(() => undefined)]);
  if (first === undefined || first.done === true) {
    throw new Error(`the collector ended before it was ready:\n${errors.join('')}`);
  }
  const ready = JSON.parse(first.value) as Pick<CollectorProcess, 'http' | 'otlpHttp' | 'otlpGrpc'>;
  return {
    http: ready.http,
    otlpHttp: ready.otlpHttp,
    otlpGrpc: ready.otlpGrpc,
    child,
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Runs one command of the program to its end. */
export async function runCli(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [cli, ...args], {
    env: { ...process.env, THROUGHLINE_BUILD: 'off', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...output };
}
