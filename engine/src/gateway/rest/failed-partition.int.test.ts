import { afterEach, expect, test, vi } from 'vitest';
import { SimulatedDisk } from '../../log/simulated-disk.ts';
import { ORDER, type RestStage, restStage } from './rest.testkit.ts';

let stage: RestStage | undefined;
afterEach(() => stage?.close());

const create = () => stage?.post('/process-instances', { bpmnProcessId: 'order' });

/** An engine of which one partition has found its disk full. */
async function withFullDisk(reopen: { firstMs: number } | false) {
  const disk = new SimulatedDisk({ seed: 1 });
  stage = await restStage({ disk, partitions: 2, reopen });
  await stage.post('/deployments', { resources: [{ name: 'order.bpmn', content: ORDER }] });
  expect((await create())?.status).toBe(200);
  disk.capacityBytes = 0;
  const refused = await create();
  expect(refused).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  return { disk, stage, refused };
}

test('a partition whose disk fails is named, and is opened again by request where nothing else is wanted', async () => {
  const { stage, refused } = await withFullDisk(false);
  expect(refused?.body).toMatchObject({ retryAfterMs: 1000 });
  const failed = {
    partitionId: 1,
    state: 'failed',
    failure: { reason: expect.stringContaining('disk failed'), attempts: 0 },
  };
  const { body } = await stage.send('GET', '/topology');
  expect(body.partitions).toEqual([
    { ...failed, inFlight: 0 },
    { partitionId: 2, state: 'open', inFlight: 0 },
  ]);
  expect(await stage.send('GET', '/healthz')).toMatchObject({
    status: 503,
    body: { status: 'failed', partitions: [failed] },
  });
  for (const partitionId of [1, 2]) {
    expect((await stage.post('/partitions/reopen', { partitionId })).status).toBe(204);
  }
  expect(await stage.send('GET', '/healthz')).toMatchObject({ status: 200, body: { partitions: [] } });
});

test('instances are created where a partition is open, and requests for the other say when to try again', async () => {
  const { stage, refused } = await withFullDisk({ firstMs: 60_000 });
  expect(refused?.body.retryAfterMs).toBeGreaterThan(50_000);
  expect(refused?.headers.get('retry-after')).toBe('60');
  const keys: string[] = [];
  for (let n = 0; n < 3; n += 1) keys.push((await create())?.body.processInstanceKey ?? '');
  expect(keys.map((key) => BigInt(key) >> 51n)).toEqual([2n, 2n, 2n]);
  expect(await stage.post('/process-instances/1-1/cancel')).toMatchObject({
    status: 503,
    body: { code: 'UNAVAILABLE', detail: expect.stringContaining('disk failed') },
  });
  const { status, body } = await stage.send('GET', '/healthz');
  expect({ status, body }).toMatchObject({ status: 503, body: { status: 'reopening' } });
});

test('a partition is opened again by itself, and a worker that waits gets the jobs that were there', async () => {
  const { stage } = await withFullDisk({ firstMs: 50 });
  const seen: unknown[] = [];
  const activation = { type: 'pay', maxJobs: 5, timeoutMs: 60_000, waitMs: 30_000 };
  await vi.waitFor(async () => {
    seen.push(...(await stage.post('/jobs/activate', activation)).body.jobs);
    expect(seen.length).toBeGreaterThan(0);
  });
  await vi.waitFor(async () => expect((await stage.send('GET', '/healthz')).status).toBe(200));
  for (let n = 0; n < 2; n += 1) expect((await create())?.status).toBe(200);
});
