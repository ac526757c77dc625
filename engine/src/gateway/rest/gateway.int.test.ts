import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EngineRecord } from '../../protocol/record.ts';
import { ORDER, type RestStage, restStage } from './rest.testkit.ts';

let stage: RestStage;
const records: EngineRecord[] = [];
const key = expect.stringMatching(/^\d{16,}$/);

beforeAll(async () => {
  stage = await restStage({ partitions: 5, onRecords: (batch) => records.push(...batch) });
});
afterAll(() => stage.close());

test('a process is deployed, an instance created, its job done by a worker, and the result given', async () => {
  const deployed = await stage.post('/deployments', { resources: [{ name: 'order.bpmn', content: ORDER }] });
  expect(deployed).toMatchObject({
    status: 200,
    body: {
      key,
      processes: [{ bpmnProcessId: 'order', version: 1, resourceName: 'order.bpmn', isDuplicate: false }],
    },
  });
  const result = stage.post('/process-instances/with-result', {
    bpmnProcessId: 'order',
    variables: { amount: 10 },
  });
  const activation = { type: 'pay', maxJobs: 5, timeoutMs: 1000, worker: 'w', waitMs: 10_000 };
  const { body } = await stage.post('/jobs/activate', activation);
  expect(body.jobs).toEqual([
    expect.objectContaining({ key, type: 'pay', retries: 3, worker: 'w', variables: { amount: 10 } }),
  ]);
  const completed = await stage.post(`/jobs/${body.jobs[0]?.key}/complete`, { variables: { paid: true } });
  expect(completed).toMatchObject({ status: 204, body: undefined });
  expect((await result).body).toMatchObject({
    bpmnProcessId: 'order',
    processInstanceKey: key,
    variables: { amount: 10, paid: true },
  });
});

test('of several jobs that are completed at once each is done or refused by itself', async () => {
  for (let n = 0; n < 2; n += 1) await stage.post('/process-instances', { bpmnProcessId: 'order' });
  const keys: string[] = [];
  while (keys.length < 2) {
    const { body } = await stage.post('/jobs/activate', { type: 'pay', maxJobs: 2, timeoutMs: 1000 });
    keys.push(...body.jobs.map((job) => job.key));
  }
  const jobs = [...keys, keys[0], '99-1'].map((jobKey) => ({ jobKey, variables: { paid: true } }));
  const { status, body } = await stage.post('/jobs/complete', { jobs });
  expect({ status, body }).toMatchObject({
    status: 200,
    body: {
      refused: [
        { index: 2, problem: { code: 'NOT_FOUND', status: 404, detail: expect.stringMatching(/^Expected/) } },
        { index: 3, problem: { code: 'NOT_FOUND' } },
      ],
    },
  });
  const again = await stage.post('/jobs/complete', { jobs: [{ jobKey: keys[0] }, { jobKey: 'abc' }] });
  expect(again.body).toMatchObject({ status: 400, field: 'jobs.1.jobKey' });
});

test('keys beyond 2^53 come back as they went', async () => {
  const created = await Promise.all(
    Array.from({ length: 5 }, () => stage.post('/process-instances', { bpmnProcessId: 'order' })),
  );
  const keys = created.map(({ body }) => BigInt(body.processInstanceKey));
  expect(keys.filter((one) => one > 2n ** 53n)).not.toEqual([]);
  for (const one of keys) {
    expect((await stage.post(`/process-instances/${one}/cancel`)).status).toBe(204);
  }
});

test('a file is deployed as it is, and again without a new version', async () => {
  const xml = { 'content-type': 'application/xml' };
  const { body } = await stage.post('/deployments?name=order.bpmn', ORDER, xml);
  expect(body.processes).toEqual([expect.objectContaining({ version: 1, isDuplicate: true })]);
  expect((await stage.post('/deployments', ORDER, xml)).body).toMatchObject({ field: 'resources.0.name' });
});

test('jobs fail, get retries, wait longer, throw errors; incidents are resolved; variables are set', async () => {
  const { body: instance } = await stage.post('/process-instances', { bpmnProcessId: 'order' });
  const activate = async () =>
    (await stage.post('/jobs/activate', { type: 'pay', maxJobs: 1, timeoutMs: 60_000, waitMs: 5000 })).body
      .jobs[0];
  const job = await activate();
  expect((await stage.send('PUT', `/jobs/${job?.key}/timeout`, { timeoutMs: 120_000 })).status).toBe(204);
  const failure = { retries: 0, errorMessage: 'card declined', variables: { declined: true } };
  expect((await stage.post(`/jobs/${job?.key}/fail`, failure)).status).toBe(204);
  const incident = records.findLast(
    ({ valueType, intent }) => valueType === 'INCIDENT' && intent === 'CREATED',
  );
  const resolve = `/incidents/${incident?.key}/resolve`;
  expect((await stage.post(resolve)).body).toMatchObject({ code: 'INVALID_STATE', status: 409 });
  expect((await stage.send('PUT', `/jobs/${job?.key}/retries`, { retries: 2 })).status).toBe(204);
  expect((await stage.post(resolve)).status).toBe(204);
  const variables = `/element-instances/${instance.processInstanceKey}/variables`;
  expect((await stage.send('PUT', variables, { variables: { seen: 1 }, isLocal: true })).status).toBe(204);
  const again = await activate();
  expect(again).toMatchObject({ key: job?.key, retries: 2, variables: { declined: true, seen: 1 } });
  expect((await stage.post(`/jobs/${job?.key}/error`, { errorCode: 'no-money' })).status).toBe(204);
  expect((await stage.post(`/process-instances/${instance.processInstanceKey}/cancel`)).status).toBe(204);
});

test('messages and signals are published with their keys, a message not twice', async () => {
  const message = { name: 'paid', correlationKey: '42', timeToLiveMs: 60_000, messageId: 'a' };
  expect(await stage.post('/messages', message)).toMatchObject({ status: 200, body: { key } });
  expect((await stage.post('/messages', message)).body).toMatchObject({
    status: 409,
    code: 'ALREADY_EXISTS',
    detail: "Expected to publish a new message with id 'a', but a message with that id was already published",
  });
  expect(await stage.post('/signals', { name: 'stop' })).toMatchObject({ status: 200, body: { key } });
});

test('the trace context of a request goes with the instance to its workers', async () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const create = (headers: Record<string, string>, variables = {}) =>
    stage.post('/process-instances', { bpmnProcessId: 'order', variables }, headers);
  await create({ traceparent });
  await create({ traceparent }, { traceparent: 'mine' });
  await create({ traceparent: 'nonsense' });
  const activation = { type: 'pay', maxJobs: 3, timeoutMs: 60_000 };
  const seen: unknown[] = [];
  while (seen.length < 3) {
    const { body } = await stage.post('/jobs/activate', { ...activation, waitMs: 5000 });
    for (const { key: jobKey, variables } of body.jobs) {
      seen.push(variables.traceparent);
      await stage.post(`/jobs/${jobKey}/complete`);
    }
  }
  expect(seen).toHaveLength(3);
  expect(seen).toEqual(expect.arrayContaining([traceparent, 'mine', undefined]));
});

test('health and topology say how the partitions do', async () => {
  expect(await stage.send('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
  const { body } = await stage.send('GET', '/topology');
  expect(body.partitions).toHaveLength(5);
  expect(body.partitions[4]).toEqual({ partitionId: 5, state: 'open', inFlight: 0 });
  expect((await stage.post('/partitions/reopen', { partitionId: 5 })).status).toBe(204);
  expect((await stage.post('/partitions/reopen', { partitionId: 6 })).status).toBe(404);
});
