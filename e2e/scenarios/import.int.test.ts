import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { Api } from '../stack/api.ts';
import { runCli, startCollectorProcess } from '../stack/collector-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'throughline-import-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

type Report = {
  readonly kind: string;
  readonly format: string;
  readonly read: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly skipped: number;
  readonly events: number;
  readonly notes: readonly string[];
};

async function importInto(dataDir: string, file: string, ...args: readonly string[]): Promise<Report> {
  const result = await runCli(['import', file, '--json', ...args], { THROUGHLINE_DATA_DIR: dataDir });
  // A kill may fall into a write: what was torn was never acknowledged, and is said.
  expect(result.stderr).toMatch(/^(intake log: a torn tail was cut off: .*\n)?$/);
  expect(result.code).toBe(0);
  return JSON.parse(result.stdout) as Report;
}

function bytesIn(path: string): number {
  try {
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(path, name)))
      .reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
  } catch {
    return 0;
  }
}

/** Starts an import and kills it, the hard way, once the intake log has grown by as many bytes. @returns whether it still ran. */
async function killedImport(dataDir: string, growBytes: number, args: readonly string[]): Promise<boolean> {
  const intake = join(dataDir, 'intake');
  const until = bytesIn(intake) + growBytes;
  const cli = createRequire(import.meta.url).resolve('throughline/bin');
  const child = spawn(process.execPath, [cli, 'import', ...args], {
    env: { ...process.env, THROUGHLINE_DATA_DIR: dataDir, THROUGHLINE_BUILD: 'off' },
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  while (child.exitCode === null && bytesIn(intake) < until) await delay(2);
  const running = child.exitCode === null;
  child.kill('SIGKILL');
  await exited;
  return running;
}

describe('an import', () => {
  it('goes on where kill -9 ended it, doubles nothing, and says so exactly', async () => {
    const dataDir = join(directory, 'killed');
    const rows = 100_000;
    const lines = Array.from({ length: rows }, (_, row) => {
      const time = row % 1000 === 999 ? 'never' : new Date(1.7e12 + row * 1000).toISOString();
      return `c${row % 4999},step ${row % 3},${time},some text to make it longer ${row}`;
    });
    const file = join(directory, 'killed.csv');
    writeFileSync(file, `case,activity,at,note\n${lines.join('\n')}\n`);
    const args = [file, '--flow', 'killed', '--case', 'case', '--activity', 'activity', '--time', 'at'];
    let kills = 0;
    for (const growBytes of [1, 1_000_000, 2_500_000]) {
      if (await killedImport(dataDir, growBytes, args)) kills += 1;
    }
    expect(kills).toBeGreaterThanOrEqual(2);
    const [, ...options] = args;
    const report = await importInto(dataDir, file, ...options);
    const rejected = rows / 1000;
    expect(report).toMatchObject({ kind: 'done', read: rows, rejected, skipped: 0 });
    expect(report.accepted + report.duplicates + rejected).toBe(rows);
    expect(report.duplicates).toBeGreaterThan(10_000);
    expect(report.events).toBe(report.accepted);
    const intakeBytes = bytesIn(join(dataDir, 'intake'));
    expect(await importInto(dataDir, file, ...options)).toMatchObject({
      accepted: 0,
      duplicates: rows - rejected,
      events: 0,
    });
    expect(bytesIn(join(dataDir, 'intake'))).toBe(intakeBytes);

    const server = await startCollectorProcess({ dataDir });
    const api = new Api(server.http);
    const chain = await api.chain('killed');
    expect([chain.events, chain.instances]).toEqual([rows - rejected, 4999]);
    expect((await api.status()).deadLetters).toBe(rejected);
    expect(await server.stop()).toBe(0);
  }, 240_000);

  it('through a running server takes the same formats and gives the same report', async () => {
    const dataDir = join(directory, 'served');
    const server = await startCollectorProcess({ dataDir });
    const api = new Api(server.http);
    const span = (trace: number) => ({
      traceId: trace.toString(16).padStart(32, '0'),
      spanId: '00000000000000aa',
      name: 'placed',
      kind: 1,
      startTimeUnixNano: '1700000000000000000',
      endTimeUnixNano: '1700000000000000000',
    });
    const request = (...traces: readonly number[]) =>
      JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: traces.map(span) }] }] });
    const sent = await fetch(`${server.otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: request(1, 2),
    });
    expect(sent.status).toBe(200);

    const spans = join(directory, 'spans.json.gz');
    writeFileSync(spans, gzipSync(`${request(2, 3)}\n{"resourceMetrics":[]}\n${request(4)}\nno JSON\n`));
    expect(await importInto(dataDir, spans)).toMatchObject({
      format: 'otlp',
      read: 5,
      accepted: 2,
      duplicates: 1,
      rejected: 1,
      skipped: 1,
      events: 2,
    });
    expect((await api.status()).events.total).toBe(4);

    const log = join(directory, 'log.jsonocel');
    const related = (...ids: readonly string[]) => ids.map((objectId) => ({ objectId, qualifier: '' }));
    const event = (id: string, ...ids: readonly string[]) => ({
      id,
      type: `step ${id}`,
      time: '2026-01-01 10:00:00',
      relationships: related(...ids),
    });
    writeFileSync(
      log,
      JSON.stringify({
        objectTypes: [],
        eventTypes: [],
        objects: ['o1', 'o2'].map((id) => ({ id, type: 'order' })),
        events: [event('e1', 'o1'), event('e2', 'o1', 'o2'), event('e3', 'gone')],
      }),
    );
    const options = ['--flow', 'sales', '--timezone', 'Europe/Berlin', '--url', server.http];
    const first = await importInto(dataDir, log, ...options);
    expect(first).toMatchObject({ format: 'ocel-json', read: 3, accepted: 3, duplicates: 0, events: 4 });
    expect(first.notes.join('\n')).toContain('"gone" (event e3)');
    const instances = await api.instances('sales');
    expect(instances.map(({ keys, startedAt }) => [keys[0]?.value, startedAt]).sort()).toEqual([
      ['o1', '2026-01-01T09:00:00.000000Z'],
      ['o2', '2026-01-01T09:00:00.000000Z'],
    ]);
    expect(await importInto(dataDir, log, ...options)).toMatchObject({
      accepted: 0,
      duplicates: 3,
      events: 0,
    });
    expect(await server.stop()).toBe(0);
  }, 120_000);

  it('ends with 2 when the command is wrong, with 1 when the file is, and says what to do', async () => {
    const file = join(directory, 'small.csv');
    writeFileSync(file, 'case,activity,at\n1,a,2026-01-01\n');
    const run = (...args: readonly string[]) =>
      runCli(['import', ...args], { THROUGHLINE_DATA_DIR: join(directory, 'wrong') });
    const columns = ['--case', 'case', '--activity', 'activity', '--time', 'at'];
    expect(await run(file, ...columns)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--flow NAME'),
    });
    expect(await run(file, '--flow', 'f', ...columns, '--timezone', 'Mars')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Europe/Berlin'),
    });
    expect(await run(file, '--flow', 'f')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--case "case"'),
    });
    expect(await run(file, '--flow', 'f', ...columns, '--separator', 'comma')).toMatchObject({ code: 0 });
    expect(await run(file, '--flow', 'f', ...columns, '--separator', 'xy')).toMatchObject({ code: 2 });
    expect(await run('missing.csv', '--flow', 'f')).toMatchObject({ code: 2 });
  }, 60_000);
});
