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
});
