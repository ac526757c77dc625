import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Api } from '../stack/api.ts';
import { startCollectorProcess } from '../stack/collector-process.ts';
import { note, report, withDirectory } from './figure.ts';
import { type BenchRequest, encodeRequest, plainRequests, registrationRequests } from './otlp-bodies.ts';
import { sendBodies } from './send-bodies.ts';

const ROUNDS = 2;
const REGISTRATIONS = 10_000;
const config = fileURLToPath(new URL('../../landscape/throughline.yaml', import.meta.url));

type Load = { readonly bodies: readonly Uint8Array[]; readonly spans: number; readonly distinct: number };

/** Spans accepted durably, correlated and stored per second, against a bare server that only decodes the same bodies. */
export async function benchIngest(): Promise<void> {
  const plain: BenchRequest[] = [];
  const mixed: BenchRequest[] = [];
  let real = false;
  for (let round = 0; round < ROUNDS; round++) {
    const traces = await plainRequests(round);
    real = traces.real;
    plain.push(...traces.requests);
    mixed.push(...interleaved(traces.requests, registrationRequests(REGISTRATIONS, round)));
  }
  const kind = real ? 'TrainTicket spans, ids and times rewritten each round' : 'generated spans';
  await measure('ingest.otlp-http-protobuf', mixed, `${kind}, mixed with keyed messaging spans`);
  await measure('ingest.otlp-http-protobuf-unkeyed', plain, kind);
}

async function measure(name: string, requests: readonly BenchRequest[], what: string): Promise<void> {
  const ids = new Set<string>();
  let spans = 0;
  for (const resource of requests.flat()) {
    spans += resource.spans.length;
    for (const span of resource.spans) ids.add(`${span.traceId}:${span.spanId}`);
  }
  const load = { bodies: requests.map(encodeRequest), spans, distinct: ids.size };
  const baseline = await decodeOnly(load);
  note(`${name}: ${spans} spans in ${load.bodies.length} requests; decode only: ${Math.round(baseline)}/s`);
  const rate = await throughCollector(load);
  report({
    name,
    value: rate,
    unit: 'spans/s',
    ratio: rate / baseline,
    against: 'decode-only HTTP server',
    note: what,
  });
}

async function decodeOnly(load: Load): Promise<number> {
  const server = fork(fileURLToPath(new URL('./decode-only-server.js', import.meta.url)));
  const [{ port }] = (await once(server, 'message')) as [{ port: number }];
  const startMs = performance.now();
  await sendBodies(load.bodies, targetAt(`http://127.0.0.1:${port}`));
  const rate = (load.spans / (performance.now() - startMs)) * 1000;
  server.kill();
  return rate;
}

async function throughCollector(load: Load): Promise<number> {
  return withDirectory(async (directory) => {
    const collector = await startCollectorProcess({ dataDir: join(directory, 'data'), config });
    const api = new Api(collector.http);
    const startMs = performance.now();
    await sendBodies(load.bodies, targetAt(collector.otlpHttp));
    note(`  acknowledged after ${Math.round(performance.now() - startMs)} ms`);
    await api.until(
      () => api.status(),
      (status) => status.events.total >= load.distinct,
      300_000,
    );
    const elapsedMs = performance.now() - startMs;
    const status = await api.settled();
    if (status.events.total !== load.distinct) {
      throw new Error(`${load.distinct} distinct spans were sent, ${status.events.total} are there`);
    }
    await collector.stop();
    return (load.spans / elapsedMs) * 1000;
  });
}

const targetAt = (url: string) => ({ url: `${url}/v1/traces`, contentType: 'application/x-protobuf' });

/** Two streams as they would arrive: each in its own order, evenly mixed. */
function interleaved(a: readonly BenchRequest[], b: readonly BenchRequest[]): BenchRequest[] {
  const at = (list: readonly BenchRequest[]) => list.map((request, i) => ({ request, at: i / list.length }));
  return [...at(a), ...at(b)].sort((x, y) => x.at - y.at).map(({ request }) => request);
}
