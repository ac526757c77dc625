import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Api } from '../stack/api.ts';
import { startCollectorProcess } from '../stack/collector-process.ts';
import { note, report, withDirectory } from './figure.ts';
import { sendBodies } from './send-bodies.ts';

const REGISTRATIONS = 60_000;
const BATCH = 500;
const START_MS = Date.UTC(2026, 5, 1);
const CONTENT_TYPE = 'application/cloudevents-batch+json';
const CONFIGURATION = `version: 1
flows:
  customer-registration:
    keys:
      registration: [{ source: cloudevents, path: data.registrationId }]
    ends: [customer.registered]
`;
/** Who sends what, and how long after the beginning. */
const STEPS = [
  ['/registration', 'registration.requested', 0],
  ['/address-check', 'address.checked', 200],
  ['/credit-check', 'credit.checked', 400],
  ['/registration', 'customer.registered', 430],
  ['/mail', 'welcome.sent', 900],
] as const;

const EVENTS = REGISTRATIONS * STEPS.length;

/** CloudEvents in batches, accepted durably, correlated and stored per second, against a bare server that only parses the same bodies. */
export async function benchCloudEvents(): Promise<void> {
  const bodies = batches();
  const megabytes = bodies.reduce((sum, body) => sum + body.length, 0) / 1e6;
  const baseline = EVENTS / (await parseOnlyS(bodies));
  note(
    `${EVENTS} events in ${bodies.length} batches, ${Math.round(megabytes)} MB; parse only: ${Math.round(baseline)}/s`,
  );
  const value = EVENTS / (await throughCollectorS(bodies));
  report({
    name: 'ingest.cloudevents',
    value,
    unit: 'events/s',
    ratio: value / baseline,
    against: 'parse-only HTTP server',
    note: `batches of ${BATCH}, each event with a key`,
  });
}

/** In the order of time, as they would arrive. */
function batches(): Uint8Array[] {
  const events: { readonly ms: number; readonly event: object }[] = [];
  for (let n = 0; n < REGISTRATIONS; n++) {
    for (const [source, type, afterMs] of STEPS) {
      const ms = START_MS + n * 10 + afterMs;
      const data = {
        registrationId: `R-${n}`,
        customer: { country: 'DE', tariff: n % 7 },
        amount: n / 4,
        accepted: true,
      };
      const time = new Date(ms).toISOString();
      events.push({
        ms,
        event: { specversion: '1.0', id: `${n}-${type}`, source, type, time, subject: `R-${n}`, data },
      });
    }
  }
  events.sort((a, b) => a.ms - b.ms);
  const bodies: Uint8Array[] = [];
  for (let from = 0; from < events.length; from += BATCH) {
    bodies.push(Buffer.from(JSON.stringify(events.slice(from, from + BATCH).map(({ event }) => event))));
  }
  return bodies;
}

async function parseOnlyS(bodies: readonly Uint8Array[]): Promise<number> {
  const server = fork(fileURLToPath(new URL('./json-only-server.js', import.meta.url)));
  const [{ port }] = (await once(server, 'message')) as [{ port: number }];
  const startMs = performance.now();
  await sendBodies(bodies, { url: `http://127.0.0.1:${port}`, contentType: CONTENT_TYPE });
  const elapsedS = (performance.now() - startMs) / 1000;
  server.kill();
  return elapsedS;
}

async function throughCollectorS(bodies: readonly Uint8Array[]): Promise<number> {
  return withDirectory(async (directory) => {
    const config = join(directory, 'throughline.yaml');
    writeFileSync(config, CONFIGURATION);
    const collector = await startCollectorProcess({ dataDir: join(directory, 'data'), config });
    const api = new Api(collector.http);
    const startMs = performance.now();
    // The port whose requests the intake thread reads itself.
    await sendBodies(bodies, { url: `${collector.otlpHttp}/api/v1/events`, contentType: CONTENT_TYPE });
    note(`  acknowledged after ${Math.round(performance.now() - startMs)} ms`);
    await api.until(
      () => api.status(),
      (status) => status.events.total >= EVENTS,
      300_000,
    );
    const elapsedS = (performance.now() - startMs) / 1000;
    const { events } = await api.settled();
    if (events.total !== EVENTS) throw new Error(`${EVENTS} events were sent, ${events.total} are there`);
    await collector.stop();
    return elapsedS;
  });
}
