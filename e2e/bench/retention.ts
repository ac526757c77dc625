import { join } from 'node:path';
import { Api } from '../stack/api.ts';
import { startCollectorProcess } from '../stack/collector-process.ts';
import { note, quantile, report, withDirectory } from './figure.ts';
import { encodeRequest, registrationRequests } from './otlp-bodies.ts';
import { sendBodies } from './send-bodies.ts';

const KEPT = '20s';
const REGISTRATIONS_A_ROUND = 1_000;
const ROUND_MS = 500;
/** Nothing is removed before the first sweep, a minute after the start. */
const BEFORE_MS = { from: 10_000, to: 58_000 };
const BESIDE_MS = { from: 62_000, to: 130_000 };

/** How long requests wait for their acknowledgement without and beside the removal of as much as comes in, and whether the file stays as it is. */
export async function benchRetention(): Promise<void> {
  await withDirectory(async (directory) => {
    const environment = { THROUGHLINE_RETENTION: KEPT };
    const collector = await startCollectorProcess({ dataDir: join(directory, 'data'), environment });
    const api = new Api(collector.http);
    const target = { url: `${collector.otlpHttp}/v1/traces`, contentType: 'application/x-protobuf' };
    const startMs = performance.now();
    const answered: { atMs: number; tookMs: number }[] = [];
    const storeBytes: { atMs: number; bytes: number }[] = [];
    let sent = 0;
    for (let round = 0; performance.now() - startMs < BESIDE_MS.to; round++) {
      const roundMs = performance.now();
      for (const request of registrationRequests(REGISTRATIONS_A_ROUND, round, 0)) {
        const beginMs = performance.now();
        await sendBodies([encodeRequest(request)], target);
        answered.push({ atMs: beginMs - startMs, tookMs: performance.now() - beginMs });
        sent += request.reduce((sum, { spans }) => sum + spans.length, 0);
      }
      if (round % 20 === 0) {
        const { retention, events, lag } = await api.status();
        storeBytes.push({ atMs: performance.now() - startMs, bytes: retention.storeBytes });
        const megabytes = Math.round(retention.storeBytes / 1e6);
        const seconds = Math.round((performance.now() - startMs) / 1000);
        note(
          `  ${seconds} s: ${sent} spans sent, ${events.total} there, ${retention.eventsRemoved} removed, ` +
            `store ${megabytes} MB, lag ${lag.seconds} s ${retention.failure}`,
        );
      }
      const restMs = ROUND_MS - (performance.now() - roundMs);
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
    const p99 = ({ from, to }: { from: number; to: number }) =>
      quantile(
        answered.filter(({ atMs }) => atMs >= from && atMs < to).map(({ tookMs }) => tookMs),
        0.99,
      );
    const [without, beside] = [p99(BEFORE_MS), p99(BESIDE_MS)];
    report({
      name: 'retention.acknowledged-p99',
      value: beside,
      unit: 'ms',
      ratio: beside / without,
      against: 'before anything is removed',
      note: `${Math.round((sent / BESIDE_MS.to) * 1000)} spans/s come in and go again`,
    });
    const later = storeBytes.filter(({ atMs }) => atMs > BESIDE_MS.from).map(({ bytes }) => bytes / 1e6);
    report({ name: 'retention.store-size', value: Math.max(...later), unit: 'MB', note: `kept ${KEPT}` });
    await collector.stop();
  });
}
