import { once } from 'node:events';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import type { EngineRecord } from '../../protocol/record.ts';
import { ORDER, type RestStage, restStage } from './rest.testkit.ts';

let stage: RestStage | undefined;
afterEach(() => stage?.close());

const deployment = { resources: [{ name: 'order.bpmn', content: ORDER }] };
const instance = { bpmnProcessId: 'order' };
const activation = { type: 'pay', maxJobs: 2, timeoutMs: 600_000 };

/** Lets a test wait for the record that it describes. */
function recordsSeen() {
  const seen: string[] = [];
  const waiting = new Set<() => void>();
  return {
    seen,
    onRecords: (records: readonly EngineRecord[]) => {
      seen.push(...records.map(({ valueType, intent }) => `${valueType} ${intent}`));
      for (const look of [...waiting]) look();
    },
    until: (record: string, count = 1) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (seen.filter((one) => one === record).length >= count) resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

/** A request whose connection the test can cut. */
async function open(url: string, body: object) {
  const client = request(url, { method: 'POST', headers: { 'content-type': 'application/json' } });
  client.on('error', () => {}); // it is cut
  client.end(JSON.stringify(body));
  return client;
}

test('jobs are streamed as they come, a line each', async () => {
  stage = await restStage();
  await stage.post('/deployments', deployment);
  const client = await open(`${stage.url}/engine/v1/jobs/stream`, activation);
  const [response] = await once(client, 'response');
  expect(response.headers['content-type']).toBe('application/x-ndjson');
  const lines = createInterface({ input: response })[Symbol.asyncIterator]();
  for (let n = 0; n < 3; n += 1) {
    await stage.post('/process-instances', { ...instance, variables: { n } });
    const job = JSON.parse((await lines.next()).value);
    expect(job).toMatchObject({ type: 'pay', key: expect.any(String), variables: { n } });
    await stage.post(`/jobs/${job.key}/complete`);
  }
  client.destroy();
});

test('a stream ends with the reason when the engine closes', async () => {
  stage = await restStage();
  const client = await open(`${stage.url}/engine/v1/jobs/stream`, activation);
  const [response] = await once(client, 'response');
  const lines: string[] = [];
  createInterface({ input: response }).on('line', (line) => lines.push(line));
  await Promise.all([stage.engine.close(), once(response, 'end')]);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ problem: { code: 'UNAVAILABLE', status: 503 } });
});

test('a job that comes when its waiting worker has gone is handed to the next at once', async () => {
  const { onRecords } = recordsSeen();
  stage = await restStage({ onRecords });
  await stage.post('/deployments', deployment);
  const gone = await open(`${stage.url}/engine/v1/jobs/activate`, { ...activation, waitMs: 60_000 });
  await once(gone, 'finish');
  gone.destroy();
  const next = stage.post('/jobs/activate', { ...activation, waitMs: 30_000 });
  await stage.post('/process-instances', instance);
  expect((await next).body.jobs).toHaveLength(1);
});

test('a worker that waits is answered when the gateway closes', async () => {
  stage = await restStage();
  const waiting = stage.post('/jobs/activate', { ...activation, waitMs: 60_000 });
  await stage.send('GET', '/topology');
  const [answer] = await Promise.all([waiting, stage.close()]);
  expect(answer).toMatchObject({ status: 200, body: { jobs: [] } });
});

test('beyond the limit a request is refused with a hint when to try again, and jobs are completed', async () => {
  const { until, onRecords } = recordsSeen();
  stage = await restStage({ limits: { inFlightMax: 0, retryAfterMs: 1500 }, onRecords });
  const refused = await stage.post('/process-instances', instance);
  expect(refused).toMatchObject({ status: 429, body: { code: 'RESOURCE_EXHAUSTED', retryAfterMs: 1500 } });
  expect(refused.headers.get('retry-after')).toBe('2');
  expect(await stage.post('/jobs/1-1/complete')).toMatchObject({ status: 404 });
  await until('JOB COMPLETE');
});

test('a closed engine is unavailable, and unhealthy', async () => {
  stage = await restStage();
  await stage.engine.close();
  const refused = await stage.post('/process-instances', instance);
  expect(refused).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE', retryAfterMs: 1000 } });
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await stage.send('GET', '/healthz')).toMatchObject({ status: 503, body: { status: 'failed' } });
});

test('an instance that is canceled while its result is awaited is answered as such', async () => {
  const { until, onRecords } = recordsSeen();
  stage = await restStage({ onRecords });
  await stage.post('/deployments', deployment);
  const result = stage.post('/process-instances/with-result', instance);
  await until('JOB CREATED');
  const { body } = await stage.post('/jobs/activate', activation);
  await stage.post(`/process-instances/${body.jobs[0]?.processInstanceKey}/cancel`);
  expect(await result).toMatchObject({ status: 409, body: { code: 'TERMINATED' } });
});

test('jobs that a client did not take before it went are given back, not left to their time-out', async () => {
  const { seen, until, onRecords } = recordsSeen();
  stage = await restStage({ onRecords });
  await stage.post('/deployments', deployment);
  const variables = { text: 'x'.repeat(2 ** 20) };
  for (let n = 0; n < 16; n += 1) await stage.post('/process-instances', { ...instance, variables });
  const client = await open(`${stage.url}/engine/v1/jobs/stream`, { ...activation, maxJobs: 100 });
  const [response] = await once(client, 'response');
  response.pause();
  await until('JOB_BATCH ACTIVATED');
  client.destroy();
  await until('JOB FAILED');
  expect(seen).not.toContain('INCIDENT CREATED');
});
