import { expect, test } from 'vitest';
import { SimulatedDisk } from '../../log/simulated-disk.ts';
import { ORDER, restStage } from './rest.testkit.ts';

test('a partition whose disk fails is named, refuses what it can not take, and is opened again by request', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const stage = await restStage({ disk, partitions: 2 });
  await stage.post('/deployments', { resources: [{ name: 'order.bpmn', content: ORDER }] });
  const create = () => stage.post('/process-instances', { bpmnProcessId: 'order' });
  expect((await create()).status).toBe(200);
  disk.capacityBytes = 0;
  expect(await create()).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
  const topology = async () => (await stage.send('GET', '/topology')).body.partitions;
  const states = await topology();
  expect(states).toContainEqual(expect.objectContaining({ state: 'failed' }));
  expect(states).toContainEqual(expect.objectContaining({ state: 'open' }));
  expect((await stage.send('GET', '/healthz')).status).toBe(503);
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  for (const partitionId of [1, 2]) {
    expect((await stage.post('/partitions/reopen', { partitionId })).status).toBe(204);
  }
  expect((await stage.send('GET', '/healthz')).status).toBe(200);
  for (let n = 0; n < 2; n += 1) expect((await create()).status).toBe(200);
  await stage.close();
});
