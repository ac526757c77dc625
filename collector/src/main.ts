import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { startCollector } from './collector.ts';
import type { Configuration } from './config/schema.ts';
import { type Demo, startDemo } from './demo.ts';
import { BodyBudget } from './receive/http/budget.ts';
import { httpReceiver } from './receive/http/receiver.ts';
import { HTTP_WIRES } from './receive/wires.ts';
import { createApp } from './serve/app.ts';
import { listen, urlOf } from './serve/listen.ts';
import { LiveStream } from './serve/live.ts';
import { presentOverdue } from './serve/present.ts';
import type { LiveMessage } from './serve/schema.ts';
import { readiness, statusOf } from './serve/status.ts';
import { builtDashboard, VERSION } from './version.ts';

export type RunningService = { readonly http: string; close(): Promise<void> };

const MAX_ANNOUNCED = 20;

/**
 * Throughline as one process. Data flows left to right:
 *
 *   receive (intake thread, files) → intake log → normalise → correlate (projection thread) → store (its thread)
 *                                                                    ├→ watch → live stream   └→ serve: REST, dashboard
 */
export async function serve(configuration: Configuration): Promise<RunningService> {
  const nowUs = () => Date.now() * 1000;
  const startedMs = performance.now();
  const refused = new Map<string, number>();

  // Before anything that can change: nobody listens until the server does, so that it asks for nothing too early.
  const live = new LiveStream(countsMessage);

  // receive → intake log → normalise → correlate → store: see intake-thread.ts, projection-thread.ts and store-thread.ts
  const collector = await startCollector(configuration, true, {
    onFlushed: (flows) => live.changed(flows),
    // When the store is away nothing is announced: whoever looks asks again when it is back.
    onOverdue: (instances) => void announceOverdue(instances).catch(() => undefined),
    log: (line) => process.stderr.write(`${line}\n`),
  });
  const { queries } = collector;

  // store → serve
  const status = () =>
    statusOf(collector, { version: VERSION, store: configuration.store, startedMs, refused, nowUs });
  const app = createApp({
    queries,
    nowUs,
    status,
    version: VERSION,
    live,
    importFile: collector.importFile,
    deadLetters: collector.deadLetters,
    importDirectory: resolve(configuration.dataDir, 'imports'),
    webDirectory: builtDashboard(),
    receive: httpReceiver({
      wires: HTTP_WIRES,
      accept: collector.accept,
      maxBodyBytes: configuration.maxBodyBytes,
      budget: new BodyBudget(64 * 1024 * 1024),
      nowUs,
      onRefused: (reason) => refused.set(reason, (refused.get(reason) ?? 0) + 1),
    }),
    readiness: () => readiness(collector),
  });
  const server = createServer(app);
  await listen(server, configuration.httpPort, configuration.host).catch(async (error: unknown) => {
    await collector.close();
    throw error;
  });

  async function countsMessage(flows: string[]): Promise<LiveMessage> {
    const { events, instances, deadLetters } = await status();
    return {
      type: 'counts',
      events: events.total,
      instances: instances.total,
      ...instances,
      deadLetters,
      flows,
    };
  }

  // watch → live stream
  async function announceOverdue(instances: readonly string[]): Promise<void> {
    if (!live.isHeard) return;
    const now = nowUs();
    const page = { cursor: undefined, limit: MAX_ANNOUNCED };
    const overdue = await queries.overdue({
      flow: undefined,
      filter: {},
      among: instances,
      nowUs: now,
      page,
    });
    const items = overdue.items.map((item) => presentOverdue(item, now));
    if (items.length > 0) live.send({ type: 'stuck', items });
    live.changed([]);
  }

  const http = urlOf(server, configuration.host);
  const otlpHttp = `http://${configuration.host}:${collector.otlpHttpPort}`;
  const otlpGrpc = `http://${configuration.host}:${collector.otlpGrpcPort}`;
  const demo: Demo | undefined = configuration.demo ? startDemo(otlpHttp, configuration.dataDir) : undefined;
  const note = resolve(configuration.dataDir, 'server.json');
  mkdirSync(configuration.dataDir, { recursive: true });
  writeFileSync(note, JSON.stringify({ pid: process.pid, http }));
  process.stdout.write(`${JSON.stringify({ ready: true, http, otlpHttp, otlpGrpc })}\n`);
  process.stderr.write(
    `Throughline ${VERSION}: open ${http} · send OTLP/HTTP to ${otlpHttp}, OTLP/gRPC to ${otlpGrpc}\n`,
  );

  return {
    http,
    async close() {
      rmSync(note, { force: true });
      await demo?.stop();
      live.close();
      server.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 500).unref();
      await collector.close();
    },
  };
}
