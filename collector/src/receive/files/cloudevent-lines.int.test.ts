import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeIntakeRecord } from '../../intake/record.ts';
import { normalise } from '../../normalise/normalise.ts';
import { eventJson } from '../cloudevents/cloudevents.testkit.ts';
import { cloudEvents } from '../cloudevents/events.ts';
import { importInto } from './fold.testkit.ts';

const NOW_US = 1_800_000_000_000_000;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'throughline-cloudevent-lines-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('an import of CloudEvents', () => {
  it('gives the events that the same lines give over HTTP', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) =>
      JSON.stringify(
        eventJson({ id: String(index), data: { order: { id: index % 7 }, text: 'line\nbreak' } }),
      ),
    );
    const path = join(folder, 'events.ndjson.gz');
    await writeFile(path, gzipSync(`\ufeff${lines.join('\r\n')}\r\n`));
    const { report, events, heads } = await importInto(path, {});
    expect(report).toMatchObject({
      format: 'cloudevents',
      read: 5000,
      appended: 5000,
      rejected: 0,
      notes: [],
    });
    const { record } = cloudEvents.accept({
      method: 'POST',
      path: '/api/v1/events',
      query: '',
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: Buffer.from(`[${lines.join(',')}]`),
      receivedAtUs: NOW_US,
    });
    const overHttp = normalise(decodeIntakeRecord(record ?? new Uint8Array()), { keyReaders: [] }).events;
    expect(events.map(({ id }) => id)).toEqual(overHttp.map(({ id }) => id));
    expect(events[4999]?.attributes).toEqual(overHttp[4999]?.attributes);
    expect(heads.length).toBeGreaterThan(1);
    expect(heads.every(({ mode }) => mode === 'backfill')).toBe(true);
  });

  it('keeps what it refuses, and names line and field', async () => {
    const lines = [eventJson(), eventJson({ id: '' }), '{"specversion":', 7].map((line) =>
      typeof line === 'string' ? line : JSON.stringify(line),
    );
    const path = join(folder, 'bad.json');
    await writeFile(path, lines.join('\n'));
    const { report, events, deadLetters } = await importInto(path, {});
    expect(report).toMatchObject({ read: 4, appended: 1, rejected: 3 });
    expect(report.firstRejections.map(({ line }) => line)).toEqual([2, 3, 4]);
    expect(report.firstRejections[0]?.reason).toMatch(/^id: is missing/);
    expect([events.length, deadLetters.length]).toEqual([1, 3]);
  });
});
