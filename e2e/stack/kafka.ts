import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type { KafkaRuntime } from './kafka-runtime.ts';
import { type KafkaSecurity, kafkaSecurity } from './kafka-security.ts';

/** Real brokers of a cluster of their own, on free ports of 127.0.0.1, gone with whoever started them. */
export type KafkaCluster = {
  /** `host:port` of every broker. */
  readonly brokers: readonly string[];
  readonly nodes: readonly KafkaNode[];
  /** Of the listeners that ask who is there; undefined unless asked for. */
  readonly security: KafkaSecurity | undefined;
  stop(): Promise<void>;
};

export type KafkaNode = {
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** With the same data, on the same ports; resolves when it answers. */
  start(): Promise<void>;
};

export type KafkaClusterOptions = {
  /** Three: replication of 3, two in-sync replicas at least. */
  readonly nodes?: 1 | 3;
  /** Also listeners with TLS and SASL (PLAIN and SCRAM). */
  readonly secured?: boolean;
};

const START_MS = 120_000;
const ATTEMPTS = 3;

export async function startKafka(
  runtime: KafkaRuntime,
  options: KafkaClusterOptions = {},
): Promise<KafkaCluster> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(runtime, options);
    } catch (error) {
      // A free port can be taken by another process before the broker listens on it.
      if (attempt === ATTEMPTS || !/in use/i.test(String(error))) throw error;
    }
  }
}

async function startOnce(runtime: KafkaRuntime, options: KafkaClusterOptions): Promise<KafkaCluster> {
  const count = options.nodes ?? 1;
  const directory = mkdtempSync(join(tmpdir(), 'throughline-kafka-'));
  const ports = await freePorts(count * 2 + (options.secured ? 2 : 0));
  const security = options.secured ? kafkaSecurity(directory, ports.slice(count * 2)) : undefined;
  const brokers = ports.slice(0, count).map((port) => `127.0.0.1:${port}`);
  const voters = brokers.map((_, i) => `${i + 1}@127.0.0.1:${ports[count + i]}`).join(',');
  // One that begins with a hyphen would be taken for an option.
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A');
  const nodes = brokers.map((broker, i) => {
    const id = i + 1;
    const home = join(directory, `node-${id}`);
    const controller = `127.0.0.1:${ports[count + i]}`;
    const file = join(directory, `node-${id}.properties`);
    writeFileSync(file, properties({ id, count, broker, controller, voters, home }, security));
    return new Node(runtime, { id, directory, file, broker, clusterId, count, users: security?.users ?? [] });
  });
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.kill()));
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await Promise.all(nodes.map((node) => node.format()));
    await Promise.all(nodes.map((node) => node.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return { brokers, nodes, security, stop };
}

type NodeSettings = {
  readonly id: number;
  readonly directory: string;
  readonly file: string;
  readonly broker: string;
  readonly clusterId: string;
  readonly count: number;
  /** As `--add-scram` takes them. */
  readonly users: readonly string[];
};

class Node implements KafkaNode {
  readonly #runtime: KafkaRuntime;
  readonly #settings: NodeSettings;
  #child: ChildProcess | undefined;
  #guard: ChildProcess | undefined;

  constructor(runtime: KafkaRuntime, settings: NodeSettings) {
    this.#runtime = runtime;
    this.#settings = settings;
  }

  get #name(): string {
    return `throughline-${this.#settings.clusterId.replace(/[^A-Za-z0-9]/g, '')}-${this.#settings.id}`;
  }

  async format(): Promise<void> {
    const { clusterId, file, users } = this.#settings;
    const scram = users.flatMap((user) => ['--add-scram', user]);
    const child = this.#spawn('kafka.tools.StorageTool', ['format', '-t', clusterId, '-c', file, ...scram]);
    const [code] = (await once(child, 'exit')) as [number];
    if (code !== 0) throw new Error(`Kafka's storage could not be formatted:\n${this.#output()}`);
  }

  async start(): Promise<void> {
    const child = this.#spawn('kafka.Kafka', [this.#settings.file]);
    this.#child = child;
    this.#guard = guard(
      child.pid ?? 0,
      this.#settings.directory,
      this.#runtime.kill ? ['docker', 'kill', this.#name] : ['true'],
    );
    const deadlineMs = performance.now() + START_MS;
    while (!(await this.#answers())) {
      if (child.exitCode !== null || performance.now() > deadlineMs)
        throw new Error(`Kafka did not start:\n${this.#output()}`);
      await delay(100);
    }
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    this.#guard?.kill('SIGKILL');
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    this.#runtime.kill?.(this.#name);
    child.kill('SIGKILL');
    await gone;
  }

  #spawn(main: 'kafka.Kafka' | 'kafka.tools.StorageTool', args: readonly string[]): ChildProcess {
    const { directory } = this.#settings;
    const run = { name: this.#name, directory, main, args, heapMb: main === 'kafka.Kafka' ? 512 : 128 };
    const [program, ...rest] = this.#runtime.command(run);
    const log = openSync(this.#log, 'a');
    const child = spawn(program, rest, { stdio: ['ignore', log, log], cwd: directory });
    closeSync(log);
    return child;
  }

  get #log(): string {
    return join(this.#settings.directory, `node-${this.#settings.id}.log`);
  }

  #output(): string {
    return readFileSync(this.#log, 'utf8').slice(-4000);
  }

  /** Whether it is this cluster that answers, and knows all its brokers: an open port alone may be anybody's. */
  async #answers(): Promise<boolean> {
    const { broker, clusterId, count } = this.#settings;
    const admin = new Kafka({
      brokers: [broker],
      logLevel: logLevel.NOTHING,
      connectionTimeout: 1000,
      retry: { retries: 0 },
    }).admin();
    try {
      await admin.connect();
      const cluster = await admin.describeCluster();
      return cluster.clusterId === clusterId && cluster.brokers.length === count;
    } catch {
      return false;
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }
}

/** Ends the broker and removes its directory when this process has ended, however it did: its end of the pipe closes then. */
function guard(pid: number, directory: string, command: readonly string[]): ChildProcess {
  const script = `cat >/dev/null; kill -9 ${pid} 2>/dev/null; "$@"; sleep 1; rm -rf "$0"`;
  const child = spawn('sh', ['-c', script, directory, ...command], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.unref();
  return child;
}

type Places = {
  readonly id: number;
  readonly count: number;
  readonly broker: string;
  readonly controller: string;
  readonly voters: string;
  readonly home: string;
};

function properties(places: Places, security: KafkaSecurity | undefined): string {
  const { id, count, broker, controller, voters, home } = places;
  const replicas = count >= 3 ? 3 : 1;
  const inSync = count >= 3 ? 2 : 1;
  const listeners = [`PLAINTEXT://${broker}`, ...(security?.listeners ?? [])];
  const protocols = ['PLAINTEXT:PLAINTEXT', 'CONTROLLER:PLAINTEXT', ...(security?.protocols ?? [])];
  const settings: Readonly<Record<string, string | number>> = {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': voters,
    'controller.listener.names': 'CONTROLLER',
    listeners: [...listeners, `CONTROLLER://${controller}`].join(','),
    'advertised.listeners': listeners.join(','),
    'listener.security.protocol.map': protocols.join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': home,
    'num.partitions': 3,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': 'false',
    'broker.session.timeout.ms': 6000,
    ...security?.properties,
  };
  return `${Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;
}

/** All open at once, so that no port is given twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
