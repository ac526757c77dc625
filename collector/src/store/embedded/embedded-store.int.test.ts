import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storeContract } from '../contract/contract.testkit.ts';
import { CLAIMS, fill } from '../contract/fixtures.testkit.ts';
import { openEmbeddedStore } from './embedded-store.ts';

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
