import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { chain, end, processFile, serviceTask, start } from '../bpmn/bpmn.testkit.ts';
import { type Engine, openEngine } from '../gateway/engine.ts';
import { SimulatedDisk } from '../log/simulated-disk.ts';
import { partitionOf } from '../protocol/key.ts';
import type { EngineRecord } from '../protocol/record.ts';
import { recordToJson } from '../protocol/record-json.ts';
import { indexName } from './bulk-document.ts';
import { bulkExporter } from './bulk-exporter.ts';

/** Of a real Elasticsearch for tests, without users, such as `http://127.0.0.1:9200`. Without it these are left out. */
const url = process.env['THROUGHLINE_TEST_ELASTICSEARCH'];
const prefix = `bulk-test-${process.pid}-${Date.now()}`;
const order = processFile('order', start(), serviceTask('pay'), end(), chain('start', 'pay', 'end'));

async function ask(method: string, path: string, body?: string): Promise<string> {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  expect(response.ok, `${method} ${path} ${text}`).toBe(true);
  return text;
}

async function countOf(query: string): Promise<number> {
  await ask('POST', `/${prefix}_*/_refresh`);
  return (JSON.parse(await ask('POST', `/${prefix}_*/_count`, `{"query":${query}}`)) as { count: number })
    .count;
}

describe.skipIf(url === undefined)('a real Elasticsearch', () => {
  const records: EngineRecord[] = [];
  const problems: string[] = [];
  let engine: Engine;

  beforeAll(async () => {
    engine = openEngine({
      directory: '/engine',
      disk: new SimulatedDisk({ seed: 1 }),
      partitions: 5,
      exporters: [{ id: 'es', create: bulkExporter({ url: String(url), indexPrefix: prefix }) }],
      exporterLimits: { retryMs: 50, retryMsMax: 200 },
      onRecords: (batch) => records.push(...batch),
      onProblem: ({ kind, reason }) => problems.push(`${kind} ${reason}`),
    });
    await engine.deploy([{ name: 'order.bpmn', content: order }]);
  });
  afterAll(async () => {
    await engine.close();
    const indices = JSON.parse(await ask('GET', `/${prefix}_*`)) as object;
    await ask('DELETE', `/${Object.keys(indices).join(',')}`);
    await ask('DELETE', `/_index_template/${prefix}`);
  });

  /** Creates an instance on each partition. */
  async function createFive(variables: Readonly<Record<string, unknown>>): Promise<void> {
    for (let n = 0; n < 5; n += 1) await engine.createInstance({ bpmnProcessId: 'order', variables });
  }

  const caughtUp = () =>
    vi.waitFor(() => expect(engine.exporters.every(({ lagBytes }) => lagBytes === 0)).toBe(true), 60_000);

  test('takes every record, whatever variables there are', { timeout: 120_000 }, async () => {
    const many = Object.fromEntries(Array.from({ length: 1200 }, (_, index) => [`field${index}`, index]));
    const kinds = [1, 'text', { b: 1 }, [1, 'x', { c: null }], true, 2 ** 60, 'x'.repeat(40_000), null];
    for (const a of kinds) await createFive({ a, 'a.b': a, '': a });
    await createFive(many);
    for (;;) {
      const jobs = await engine.activateJobs({ type: 'pay', maxJobs: 100, timeoutMs: 60_000 });
      if (jobs.length === 0) break;
      await Promise.all(jobs.map(({ key, variables }) => engine.completeJob(key, variables)));
    }
    await engine.publishMessage({ name: 'paid', correlationKey: '1', variables: { a: { deep: [1] } } });
    await caughtUp();
    expect(problems).toEqual([]);
    expect(engine.exporters.map(({ refused }) => refused)).toEqual([0, 0, 0, 0, 0]);
    expect(await countOf('{"match_all":{}}')).toBe(records.length);
  });

  test('keeps records as they are, and finds keys beyond 2^53 exactly', { timeout: 60_000 }, async () => {
    const jobs = records.filter(({ valueType, key }) => valueType === 'JOB' && partitionOf(key) === 5);
    expect(jobs.length).toBeGreaterThan(10);
    for (const job of jobs.slice(0, 10)) {
      const { partitionId, position, key } = job;
      const path = `/${indexName(prefix, job)}/_source/${partitionId}-${position}?routing=${partitionId}`;
      const source = await ask('GET', path);
      expect(source.startsWith(recordToJson(job).slice(0, -1))).toBe(true);
      const withKey = jobs.filter((other) => other.key === key).length;
      expect(
        await countOf(`{"bool":{"filter":[{"term":{"valueType":"JOB"}},{"term":{"key":${key}}}]}}`),
      ).toBe(withKey);
    }
  });

  test('that refuses writes for a while gets the records later, each once', { timeout: 60_000 }, async () => {
    const block = (isBlocked: boolean) =>
      ask('PUT', `/${prefix}_*/_settings`, `{"index.blocks.write":${isBlocked}}`);
    await block(true);
    await createFive({ a: 1 });
    await vi.waitFor(() => expect(engine.exporters.every(({ failures }) => failures > 1)).toBe(true), 30_000);
    await block(false);
    await caughtUp();
    expect(problems.every((problem) => /^exporter-failed .*403 cluster_block_exception/.test(problem))).toBe(
      true,
    );
    expect(engine.exporters.map(({ refused }) => refused)).toEqual([0, 0, 0, 0, 0]);
    expect(await countOf('{"match_all":{}}')).toBe(records.length);
  });
});
