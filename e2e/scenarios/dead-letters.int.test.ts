import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Api } from '../stack/api.ts';
import { type CollectorProcess, runCli, startCollectorProcess } from '../stack/collector-process.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'throughline-letters-'));
let collector: CollectorProcess;
let api: Api;
beforeAll(async () => {
  collector = await startCollectorProcess({ dataDir });
  api = new Api(collector.http);
});
afterAll(async () => {
  await collector.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const span = (fields: object) => ({ spanId: 'b'.repeat(16), name: 'pay', kind: 1, ...fields });
const request = (spans: readonly object[]) =>
  JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ spans }] }] });

async function send(body: string, authorization = ''): Promise<number> {
  const headers = {
    'Content-Type': 'application/json',
    ...(authorization && { Authorization: authorization }),
  };
  return (await fetch(`${collector.http}/v1/traces`, { method: 'POST', headers, body })).status;
}

it('what could not be read is kept, can be read again and be discarded, and survives a restart', async () => {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const times = { startTimeUnixNano: String(nowNs), endTimeUnixNano: String(nowNs + 5n) };
  expect(
    await send(request([span({ traceId: 'a'.repeat(32), ...times }), span({ traceId: '', ...times })])),
  ).toBe(200);
  expect(await send('{"resourceSpans":[', 'Bearer secret')).toBe(400);
  expect(await send('{"resourceSpans":[', 'Bearer secret')).toBe(400);

  const two = await api.until(
    () => api.deadLetters(),
    (page) => page.total === 2,
  );
  expect(two.items.map(({ content }) => content).sort()).toEqual([
    '{"resourceSpans":[',
    expect.stringContaining('"span"'),
  ]);
  expect(two.items.every(({ replayable }) => replayable)).toBe(true);
  expect(JSON.stringify(two)).not.toContain('secret');
  const before = await api.settled();
  expect(before).toMatchObject({ events: { total: 1 }, deadLetters: 2, refused: { 'otlp malformed': 2 } });

  // By the same rules it is still not to be read, and what could be read is not counted again.
  expect(await api.post('/dead-letters/replay', { all: true })).toEqual({ replayed: 2, gone: 0 });
  const after = await api.settled();
  expect(after).toMatchObject({ events: { total: 1 }, deadLetters: 2, duplicates: 0 });

  await collector.kill();
  collector = await startCollectorProcess({ dataDir });
  api = new Api(collector.http);
  const ids = (await api.deadLetters()).items.map(({ id }) => id);
  expect(ids).toHaveLength(2);
  const cli = await runCli([
    'replay',
    '--dead-letters',
    '--json',
    '--id',
    ids[0] ?? '',
    '--url',
    collector.http,
  ]);
  expect(cli).toMatchObject({ code: 0, stdout: '{"replayed":1,"gone":0}\n' });
  expect(await api.post('/dead-letters/discard', { ids: [ids[0], 'no such'] })).toEqual({ discarded: 1 });
  await api.until(
    () => api.deadLetters(),
    (page) => page.total === 1,
  );
  expect(await api.post('/dead-letters/discard', { all: true })).toEqual({ discarded: 1 });
  await api.until(
    () => api.status(),
    (status) => status.deadLetters === 0,
  );
  await expect(api.post('/dead-letters/replay', { ids: [] })).rejects.toThrow(/Which ones\?/);
});
