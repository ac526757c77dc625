import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Api } from '../stack/api.ts';
import { type CollectorProcess, startCollectorProcess } from '../stack/collector-process.ts';
import { goProgram } from '../stack/go-program.ts';
import { startOtelCollector } from '../stack/otel-collector.ts';

const CONFIG = `version: 1
flows:
  orders:
    keys:
      order: [{ source: otlp, attribute: order.id }]
`;

let directory = '';
let settings: { readonly dataDir: string; readonly config: string };
let collector: CollectorProcess;
let api: Api;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'throughline-senders-'));
  settings = { dataDir: join(directory, 'data'), config: join(directory, 'throughline.yaml') };
  writeFileSync(settings.config, CONFIG);
  collector = await startCollectorProcess(settings);
  api = new Api(collector.http);
});
afterEach(async () => {
  await collector.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs a program to its end, with its own defaults but for these variables. */
async function run(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const [code] = await once(child, 'close');
  expect(code, said.join('')).toBe(0);
}

const sdkSender = fileURLToPath(new URL('../dist/stack/sdk-sender.js', import.meta.url));

function sendOrders(count: number, endpoint: string, protocol: string): Promise<void> {
  if (!existsSync(sdkSender)) throw new Error('run npm run build first');
  return run(process.execPath, [sdkSender, String(count)], {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_SERVICE_NAME: 'orders',
  });
}

/** As many orders as fit the SDK's default queue of 2,048 spans; it is emptied in batches of 512. */
const ORDERS = 1_000;

/** Two spans and a log record an order: each order is one instance of these three, in two steps. */
async function expectOrders(duplicates: number): Promise<void> {
  const status = await api.settled();
  expect(status).toMatchObject({
    events: { total: 3 * ORDERS, bySource: { otlp: 3 * ORDERS } },
    instances: { total: ORDERS },
    duplicates,
    ignored: 0,
    deadLetters: 0,
    refused: {},
  });
  const chain = await api.chain('orders');
  expect(chain).toMatchObject({ instances: ORDERS, events: 3 * ORDERS });
  const activities = chain.activities.map(({ activity, count }) => [activity, count]);
  expect(activities.sort()).toEqual([
    ['order.accepted', ORDERS],
    ['orders.placed', ORDERS],
  ]);
  const ways = chain.transitions.map(({ from, to, count, evidence }) => [from, to, count, evidence.causal]);
  expect(ways).toEqual([['orders.placed', 'order.accepted', ORDERS, ORDERS]]);
}

describe("the OpenTelemetry SDK's traces and logs, with its defaults", () => {
  it.each([
    ['grpc', () => collector.otlpGrpc],
    ['http/protobuf', () => collector.otlpHttp],
    ['http/json', () => collector.otlpHttp],
    ['http/protobuf', () => collector.http],
  ])('arrive whole over %s', async (protocol, endpoint) => {
    await sendOrders(ORDERS, endpoint(), protocol);
    await expectOrders(0);
  });
});

describe("Jaeger's tracegen", () => {
  const [workers, traces, children] = [3, 200, 24];

  it.for([
    ['otlp-grpc', () => collector.otlpGrpc],
    ['otlp-http', () => collector.otlpHttp],
  ] as const)('is counted exactly over %s', { timeout: 500_000 }, async ([exporter, endpoint], { skip }) => {
    const tracegen = await goProgram('tracegen');
    if (tracegen instanceof Error) return skip(tracegen.message);
    const args = ['-workers', workers, '-traces', traces, '-spans', children, '-services', 3].map(String);
    await run(tracegen, ['-trace-exporter', exporter, ...args], {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint(),
      OTEL_EXPORTER_OTLP_INSECURE: 'true',
    });
    expect(await api.settled()).toMatchObject({
      events: { total: workers * traces * (1 + children) },
      instances: { total: workers * traces },
      duplicates: 0,
      refused: {},
    });
  });
});

describe('a real OpenTelemetry Collector between', () => {
  it('sends everything over gRPC and over HTTP, and it is counted once', async ({ skip }) => {
    const program = await goProgram('otelcol');
    if (program instanceof Error) return skip(program.message);
    const between = await startOtelCollector(program, collector);
    await sendOrders(ORDERS, between.otlpGrpc, 'grpc');
    expect(await between.stop()).toBe(0);
    await expectOrders(3 * ORDERS);
  }, 500_000);

  it('keeps what comes while ours is killed, and sends what was not acknowledged again', async ({ skip }) => {
    const program = await goProgram('otelcol');
    if (program instanceof Error) return skip(program.message);
    const between = await startOtelCollector(program, collector);
    const sending = sendOrders(ORDERS, between.otlpGrpc, 'grpc');
    await api.until(
      () => api.status(),
      (status) => status.events.total > 0,
    );
    const ports = [collector.otlpGrpc, collector.otlpHttp].map((url) => Number(new URL(url).port));
    await collector.kill();
    await sending;
    await sendOrders(ORDERS, between.otlpGrpc, 'grpc');
    const [otlpGrpcPort = 0, otlpHttpPort = 0] = ports;
    collector = await startCollectorProcess({ ...settings, otlpGrpcPort, otlpHttpPort });
    api = new Api(collector.http);
    // Both exporters come to their end by themselves: a Collector that is stopped gives up what it would try again.
    const items = 2 * 3 * ORDERS;
    await api.until(
      () => api.status(),
      ({ events, duplicates }) => events.total >= items && duplicates >= items,
      90_000,
    );
    expect(await between.stop()).toBe(0);
    expect((await api.settled()).events.total).toBe(items);
  }, 500_000);
});
