import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeIntakeRecord } from '../../intake/record.ts';
import { normalise } from '../../normalise/normalise.ts';
import { engineRecords } from '../records/records.ts';
import { importInto } from './fold.testkit.ts';

const RECORDS = fileURLToPath(
  new URL('../../../../../shared/data/zeebe/zeebe-records.ndjson', import.meta.url),
);
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'throughline-record-lines-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function record(position: number): string {
  const value = {
    bpmnProcessId: 'order',
    processInstanceKey: 2251799813685249,
    processDefinitionKey: 2251799813685248,
    elementId: 'pay',
    bpmnElementType: 'SERVICE_TASK',
    flowScopeKey: 2251799813685249,
    version: 1,
  };
  const common = { partitionId: 1, timestamp: 1_700_000_000_000 + position, recordType: 'EVENT' };
  return JSON.stringify({
    ...common,
    value,
    key: 2251799813685250,
    position,
    valueType: 'PROCESS_INSTANCE',
    intent: position % 2 === 1 ? 'ELEMENT_ACTIVATED' : 'ELEMENT_COMPLETED',
  });
}

function overHttp(body: Buffer, query: string): readonly string[] {
  const head = { method: 'POST', path: '/api/v1/records', query, headers: {} };
  const { record: bytes } = engineRecords.accept({ ...head, body, receivedAtUs: 1_800_000_000_000_000 });
  return normalise(decodeIntakeRecord(bytes ?? new Uint8Array()), { keyReaders: [] }).events.map(
    ({ id }) => id,
  );
}

describe("an import of an engine's records", () => {
  it('gives the events that the same lines give over HTTP, of the cluster that is named', async () => {
    const body = `${[1, 2, 3, 4].map(record).join('\n')}\n{"valueType":"JOB"}\n`;
    const path = join(folder, 'records.ndjson');
    await writeFile(path, body);
    const { report, events, deadLetters } = await importInto(path, { source: 'engine-2' });
    expect(report).toMatchObject({ format: 'records', read: 5, appended: 4, rejected: 1 });
    expect(report.firstRejections[0]?.line).toBe(5);
    expect(deadLetters).toHaveLength(1);
    const ids = events.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(0);
    expect(ids).toEqual(overHttp(Buffer.from(body), 'source=engine-2'));
    const zeebe = await importInto(path, {});
    expect(zeebe.events.map(({ id }) => id)).toEqual(overHttp(Buffer.from(body), ''));
    expect(zeebe.events[0]?.id).not.toBe(ids[0]);
    expect(zeebe.heads[0]?.imported?.importId).not.toBe(
      (await importInto(path, { source: 'x' })).heads[0]?.imported?.importId,
    );
  });

  it.runIf(existsSync(RECORDS))('reads what a real Zeebe exported', async () => {
    const { report, events } = await importInto(RECORDS, {});
    expect(report).toMatchObject({ format: 'records', read: 1231, appended: 1231, rejected: 0 });
    expect(events.map(({ id }) => id)).toEqual(overHttp(await readFile(RECORDS), ''));
  });
});
