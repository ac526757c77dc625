import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A real OpenTelemetry Collector that passes on what it gets, in batches, to both ports of ours. */
export type OtelCollector = {
  /** Where it receives OTLP/gRPC, as a URL. */
  readonly otlpGrpc: string;
  /** SIGTERM: it sends what it has and ends. Resolves with the exit code. */
  stop(): Promise<number | null>;
};

export type OtelCollectorTargets = { readonly otlpGrpc: string; readonly otlpHttp: string };

const READY = 'Everything is ready';

/** @param program built by `goProgram('otelcol')`. */
export async function startOtelCollector(
  program: string,
  targets: OtelCollectorTargets,
): Promise<OtelCollector> {
  const port = await freePort();
  const child = spawn(program, ['--config', `yaml:${configuration(port, targets)}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  await ready(child, exited);
  return {
    otlpGrpc: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}

/** Its defaults (gzip, a queue, retries), but for the pauses between retries. */
function configuration(port: number, { otlpGrpc, otlpHttp }: OtelCollectorTargets): string {
  const retry = { initial_interval: '200ms', max_interval: '1s', max_elapsed_time: '60s' };
  return JSON.stringify({
    receivers: { otlp: { protocols: { grpc: { endpoint: `127.0.0.1:${port}` } } } },
    processors: { batch: { timeout: '100ms' } },
    exporters: {
      otlp: { endpoint: otlpGrpc.replace('http://', ''), tls: { insecure: true }, retry_on_failure: retry },
      otlphttp: { endpoint: otlpHttp, retry_on_failure: retry },
    },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: {
        traces: { receivers: ['otlp'], processors: ['batch'], exporters: ['otlp', 'otlphttp'] },
        logs: { receivers: ['otlp'], processors: ['batch'], exporters: ['otlp', 'otlphttp'] },
      },
    },
  });
}

/** Its own word for it, not an open port, which may be somebody else's. What it says later is thrown away. */
async function ready(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  const said: string[] = [];
  const announced = new Promise<void>((resolve) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      if (said.length < 1000) said.push(chunk.toString());
      if (chunk.includes(READY)) resolve();
    });
  });
  await Promise.race([
    announced,
    exited.then(() => {
      throw new Error(`the OpenTelemetry Collector ended before it was ready:\n${said.join('')}`);
    }),
  ]);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
