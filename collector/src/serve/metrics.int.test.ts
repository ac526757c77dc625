import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { describe, expect, it } from 'vitest';
import { listen } from './listen.ts';
import { metricsRoute } from './metrics.ts';
import type { Status } from './schema.ts';

const STATUS: Status = {
  version: '1.2.3',
  store: 'embedded',
  events: { total: 12, bySource: { otlp: 10, 'kafka:"orders"': 2 } },
  instances: { total: 9, open: 4, stuck: 2 },
  duplicates: 3,
  ignored: 4,
  deadLetters: 1,
  refused: { 'otlp too-large': 5, 'cloudevents malformed': 6 },
  lag: { bytes: 100, seconds: 0.5 },
  uptimeS: 1,
  intake: { state: 'open', reason: '' },
  retention: { instancesRemoved: 2, eventsRemoved: 7, logBytes: 100, storeBytes: 200, failure: '' },
  kafka: {
    state: 'consuming',
    reason: '',
    missing: [],
    lag: 7,
    partitions: [{ topic: 'orders', partition: 1, position: 5, end: 12, lag: 7 }],
    accepted: 5,
    deadLetters: 1,
    deadLetterFailures: 0,
  },
};

async function scraped(...answers: readonly (Status | Error)[]): Promise<string[]> {
  const left = [...answers];
  const app = express().get(
    '/metrics',
    metricsRoute(async () => {
      const next = left.shift();
      if (next === undefined || next instanceof Error) throw next;
      return next;
    }),
  );
  const server = createServer(app);
  await listen(server, 0, '127.0.0.1');
  const { port } = server.address() as AddressInfo;
  const texts: string[] = [];
  for (const _ of answers) texts.push(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
  server.close();
  server.closeAllConnections();
  return texts;
}

const linesOf = (text: string | undefined) =>
  (text ?? '').split('\n').filter((line) => line.startsWith('throughline_'));

describe('the metrics', () => {
  it('say what the status says', async () => {
    const [text] = await scraped(STATUS);
    expect(linesOf(text)).toEqual([
      'throughline_up 1',
      'throughline_info{version="1.2.3",store="embedded"} 1',
      'throughline_events{source="otlp"} 10',
      'throughline_events{source="kafka:\\"orders\\""} 2',
      'throughline_instances{state="open"} 4',
      'throughline_instances{state="stuck"} 2',
      'throughline_instances{state="ended"} 3',
      'throughline_duplicates_total 3',
      'throughline_ignored_total 4',
      'throughline_refused_requests_total{wire="otlp",reason="too-large"} 5',
      'throughline_refused_requests_total{wire="cloudevents",reason="malformed"} 6',
      'throughline_dead_letters 1',
      'throughline_lag_bytes 100',
      'throughline_lag_seconds 0.5',
      'throughline_intake_open 1',
      'throughline_kafka_consuming 1',
      'throughline_kafka_lag{topic="orders",partition="1"} 7',
      'throughline_kafka_records_total 5',
      'throughline_kafka_dead_letters_total 1',
    ]);
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('count again from nothing at every scrape', async () => {
    const [, second] = await scraped(STATUS, { ...STATUS, duplicates: 4, refused: { 'otlp busy': 1 } });
    expect(linesOf(second)).toContain('throughline_duplicates_total 4');
    expect(linesOf(second).filter((line) => line.includes('refused'))).toEqual([
      'throughline_refused_requests_total{wire="otlp",reason="busy"} 1',
    ]);
  });

  it('say so when the store is away, and nothing old', async () => {
    const [, text] = await scraped(STATUS, new Error('away'));
    expect(linesOf(text)).toContain('throughline_up 0');
    expect(linesOf(text).some((line) => line.includes('otlp'))).toBe(false);
  });
});
