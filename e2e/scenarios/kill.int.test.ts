import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { Api } from '../stack/api.ts';
import { startCollectorProcess } from '../stack/collector-process.ts';
import { seededRandom } from '../stack/random.ts';

const ROUNDS = 20;
const SENDERS = 6;
const SEED = Number(process.env['THROUGHLINE_SEED'] ?? 20261125);

const dataDir = mkdtempSync(join(tmpdir(), 'throughline-kill-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** One request with a few spans of one trace; every span has an id that occurs once in the whole test. */
function requestOf(trace: number, spans: number, startMs: number): { body: string; ids: string[] } {
  const traceId = trace.toString(16).padStart(32, 'a');
  const ids: string[] = [];
  const list = Array.from({ length: spans }, (_, i) => {
    const spanId = (trace * 100 + i).toString(16).padStart(16, 'b');
    ids.push(`${traceId}:${spanId}`);
    const time = `${startMs}${String(i).padStart(6, '0')}`;
    return { traceId, spanId, name: `span ${i}`, kind: 1, startTimeUnixNano: time, endTimeUnixNano: time };
  });
  return { body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: list }] }] }), ids };
}

it(`answers with everything it acknowledged, once, after kill -9 at ${ROUNDS} random moments (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const sent = new Set<string>();
  const acknowledged = new Set<string>();
  const unanswered: { body: string; ids: string[] }[] = [];
  let trace = 1;

  for (let round = 0; round < ROUNDS; round++) {
    const collector = await startCollectorProcess({ dataDir });
    let killed = false;
    const sender = async (): Promise<void> => {
      while (!killed) {
        const request = unanswered.pop() ?? requestOf(trace++, 1 + Math.floor(random() * 20), Date.now());
        for (const id of request.ids) sent.add(id);
        try {
          const response = await fetch(`${collector.otlpHttp}/v1/traces`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: request.body,
          });
          expect(response.status).toBe(200);
          expect(await response.text()).toBe('{}');
          for (const id of request.ids) acknowledged.add(id);
        } catch (error) {
          // The connection broke: nobody knows whether it was accepted, so a real exporter sends it again.
          if (!killed) throw error;
          unanswered.push(request);
        }
        await delay(12);
      }
    };
    const senders = Array.from({ length: SENDERS }, sender);
    await delay(30 + random() * 700);
    killed = true;
    await collector.kill();
    await Promise.all(senders);
  }

  const collector = await startCollectorProcess({ dataDir });
  const api = new Api(collector.http);
  const status = await api.settled();
  const stored = await api.eventIds();
  const distinct = new Set(stored);
  expect(stored.length).toBe(distinct.size);
  expect([...acknowledged].filter((id) => !distinct.has(id))).toEqual([]);
  expect([...distinct].filter((id) => !sent.has(id))).toEqual([]);
  expect(status.events.total).toBe(distinct.size);
  expect(acknowledged.size).toBeGreaterThan(ROUNDS * 10);
  expect(await collector.stop()).toBe(0);
}, 240_000);
