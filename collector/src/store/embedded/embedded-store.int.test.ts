import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spanEvent } from '../../correlate/events.testkit.ts';
import { storeContract } from '../contract/contract.testkit.ts';
import { CLAIMS, fill, REGISTRATION, registration } from '../contract/fixtures.testkit.ts';
import { openEmbeddedStore } from './embedded-store.ts';

const EXPIRED = {
  bounds: { flows: {}, others: Number.MAX_SAFE_INTEGER, imports: 0 },
  after: undefined,
  limit: 100,
};
const KEYLESS = [spanEvent('4bf92f3577b34da6a3ce929d0e0e4736/00f067aa0ba902b7', { id: 'named otherwise' })];

const limits = { memoryLimit: '200MB', threads: 2 };

storeContract('embedded', () => openEmbeddedStore({ path: ':memory:', ...limits }));

describe('the embedded store on disk', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'throughline-store-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('has after reopening what it had before', async () => {
    const path = join(directory, 'store.duckdb');
    const query = { flow: 'claims', filter: {}, view: undefined, nowUs: 0 };
    const first = await openEmbeddedStore({ path, ...limits });
    await fill(first, CLAIMS, []);
    const before = await first.chain(query);
    await first.close();
    const second = await openEmbeddedStore({ path, ...limits });
    expect(await second.chain(query)).toEqual(before);
    expect(second.appliedEventNo).toBe(CLAIMS.length);
    await second.close();
  });

  it('reads a store of an earlier version, which knows of no overlaps, and writes on in it', async () => {
    const path = join(directory, 'store.duckdb');
    const first = await openEmbeddedStore({ path, ...limits });
    await fill(first, [...registration('a', 0, 'done'), ...CLAIMS, ...KEYLESS], [REGISTRATION]);
    const found = await first.expired(EXPIRED);
    await first.close();
    const database = await DuckDBInstance.create(path);
    const connection = await database.connect();
    for (const column of ['is_overlap', 'skew_us', 'skew_from', 'skew_to'])
      await connection.run(`ALTER TABLE transitions DROP COLUMN ${column}`);
    for (const column of ['received_us', 'is_imported', 'trace'])
      await connection.run(`ALTER TABLE instances DROP COLUMN ${column}`);
    await connection.run(`UPDATE meta SET value = '2' WHERE key = 'version'`);
    connection.closeSync();
    database.closeSync();
    const second = await openEmbeddedStore({ path, ...limits });
    const query = { flow: 'registration', filter: {}, view: undefined, nowUs: 0 };
    const chain = await second.chain(query);
    expect(chain).toMatchObject({ instances: 1, skews: [] });
    expect(chain.transitions[0]).toMatchObject({ overlaps: 0, skewUs: 0 });
    expect(await second.expired(EXPIRED)).toEqual(found);
    expect(found.expiry).toMatchObject({ instances: [{ key: 'registration:a' }], traces: [{}] });
    await second.close();
    const third = await openEmbeddedStore({ path, ...limits });
    expect(await third.chain(query)).toEqual(chain);
    await third.close();
  });

  it('closes while many questions are being answered: they are answered or told that it is away', async () => {
    const store = await openEmbeddedStore({ path: join(directory, 'store.duckdb'), ...limits });
    await fill(store, CLAIMS, []);
    const query = { flow: 'claims', filter: {}, view: undefined, nowUs: 0 };
    const answers = Array.from({ length: 60 }, () =>
      store.chain(query).then(
        () => 'answered',
        (e) => e.code,
      ),
    );
    await answers[0];
    await store.close();
    for (const answer of await Promise.all(answers)) expect(['answered', 'away']).toContain(answer);
    await expect(store.chain(query)).rejects.toThrow('being closed');
  });
});
