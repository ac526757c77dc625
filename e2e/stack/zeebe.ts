import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ZeebeRuntime } from './zeebe-runtime.ts';

export type ZeebeProcess = {
  /** The REST API with its version. */
  readonly rest: string;
  stop(): Promise<void>;
};

const READY_MS = 120_000;
const JAVA_OPTS = [
  '-Xms512m -Xmx512m -XX:MaxDirectMemorySize=1g',
  '--add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
].join(' ');

/** Starts it with its Elasticsearch exporter as it is by default, but for the `url`; resolves when it is ready. */
export async function startZeebe(
  { home, java }: ZeebeRuntime,
  directory: string,
  exporterUrl: string,
): Promise<ZeebeProcess> {
  mkdirSync(directory, { recursive: true });
  const [rest, management, gateway, command, internal] = await freePorts(5);
  const configuration = {
    server: { address: '127.0.0.1', port: rest },
    management: { server: { address: '127.0.0.1', port: management } },
    zeebe: {
      broker: {
        gateway: {
          enable: true,
          network: { host: '127.0.0.1', port: gateway },
          security: { enabled: false, authentication: { mode: 'none' } },
        },
        network: { host: '127.0.0.1', commandApi: { port: command }, internalApi: { port: internal } },
        cluster: { nodeId: 0, partitionsCount: 1, replicationFactor: 1, clusterSize: 1 },
        data: { directory: join(directory, 'data'), logSegmentSize: '32MB' },
        exporters: {
          elasticsearch: {
            className: 'io.camunda.zeebe.exporter.ElasticsearchExporter',
            args: { url: exporterUrl, bulk: { delay: 1 } },
          },
        },
      },
    },
  };
  const file = join(directory, 'application.yaml');
  // YAML contains JSON.
  writeFileSync(file, JSON.stringify(configuration));
  const logFile = join(directory, 'log');
  const out = openSync(logFile, 'w');
  const child = spawn(join(home, 'bin/broker'), [], {
    cwd: directory,
    env: {
      ...process.env,
      JAVA_HOME: java,
      JAVA_OPTS: `${JAVA_OPTS} -Dspring.config.location=optional:classpath:/,file:${file}`,
    },
    stdio: ['ignore', out, out],
  });
  await ready(child, `http://127.0.0.1:${management}/actuator/health/readiness`, logFile);
  return {
    rest: `http://127.0.0.1:${rest}/v2`,
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function ready(child: ChildProcess, url: string, logFile: string): Promise<void> {
  const deadlineMs = performance.now() + READY_MS;
  while (performance.now() < deadlineMs && child.exitCode === null) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return;
    await delay(200);
  }
  child.kill('SIGKILL');
  throw new Error(`Zeebe did not become ready:\n${readFileSync(logFile, 'utf8').slice(-2000)}`);
}

/** All at once, so that none is given twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
