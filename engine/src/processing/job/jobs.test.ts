import { expect, test } from 'vitest';
import { chain, end, processFile, serviceTask, start } from '../../bpmn/bpmn.testkit.ts';
import { type Key, NO_KEY } from '../../protocol/key.ts';
import { TestCluster } from '../../stream/cluster.testkit.ts';
import type { PartitionLimits } from '../../stream/partition.ts';

const oneTask = processFile('p', start(), serviceTask('t'), end(), chain('start', 't', 'end'));

async function withJob(
  limits: Partial<PartitionLimits> = {},
): Promise<{ cluster: TestCluster; job: Key; instance: Key }> {
  const cluster = new TestCluster({ limits });
  await cluster.deploy(oneTask);
  const instance = await cluster.create('p');
  const [job = NO_KEY] = await cluster.activate('t');
  return { cluster, job, instance };
}

test('a failed job with retries can be had again at once', async () => {
  const { cluster, job } = await withJob();
  await cluster.request('JOB', 'FAIL', job, { retries: 2, errorMessage: 'no' });
  expect(await cluster.activate('t')).toEqual([job]);
  await cluster.request('JOB', 'COMPLETE', job);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
});

test('a failed job with a back-off can be had again when that is over, also after a restart', async () => {
  const { cluster, job } = await withJob();
  await cluster.request('JOB', 'FAIL', job, { retries: 2, retryBackoff: 500 });
  expect(await cluster.activate('t')).toEqual([]);
  cluster.restart();
  cluster.time.advance(499);
  expect(await cluster.activate('t')).toEqual([]);
  cluster.time.advance(1);
  expect(await cluster.activate('t')).toEqual([job]);
});

test('a failed job comes back although its time-out was on its way and the clock went on meanwhile', async () => {
  const { cluster, job } = await withJob({ stepsPerFlushMax: 1 });
  cluster.time.jump(2000); // its time is over, and nobody has looked yet
  await cluster.atOnce(async () => {
    await cluster.request('JOB', 'FAIL', job, { retries: 1, retryBackoff: 100 });
    cluster.time.soon(() => cluster.time.jump(500)); // between the failure and the time-out
  });
  cluster.time.advance(1000);
  expect(cluster.records.filter(({ recordType }) => recordType === 'COMMAND_REJECTION')).toHaveLength(1);
  expect(await cluster.activate('t')).toEqual([job]);
});

test('a job without retries is an incident, which new retries let be resolved', async () => {
  const { cluster, job } = await withJob();
  await cluster.request('JOB', 'FAIL', job, { retries: 0, errorMessage: 'card declined' });
  const [incident] = cluster.events('INCIDENT', 'CREATED');
  expect(incident?.value).toMatchObject({
    errorType: 'JOB_NO_RETRIES',
    errorMessage: 'card declined',
    jobKey: job,
  });
  const key = incident?.key ?? NO_KEY;
  expect(await cluster.request('INCIDENT', 'RESOLVE', key)).toMatchObject({
    type: 'INVALID_STATE',
    reason: `Expected to resolve incident with key '${key}', but job with key '${job}' has no retries left`,
  });
  expect(await cluster.request('JOB', 'UPDATE_RETRIES', job, { retries: 0 })).toMatchObject({
    type: 'INVALID_ARGUMENT',
  });
  await cluster.request('JOB', 'UPDATE_RETRIES', job, { retries: 1 });
  await cluster.request('INCIDENT', 'RESOLVE', key);
  await cluster.complete('t');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
});

test('a job whose worker does not answer goes to another when its time is over', async () => {
  const { cluster, job } = await withJob();
  cluster.time.advance(999);
  expect(await cluster.activate('t')).toEqual([]);
  cluster.time.advance(1);
  expect(cluster.events('JOB', 'TIMED_OUT')).toHaveLength(1);
  expect(await cluster.activate('t')).toEqual([job]);
});

test('a worker that needs longer keeps its job until the new deadline', async () => {
  const { cluster, job } = await withJob();
  cluster.time.advance(900);
  await cluster.request('JOB', 'UPDATE_TIMEOUT', job, { timeout: 500 });
  cluster.restart();
  cluster.time.advance(499);
  expect(await cluster.activate('t')).toEqual([]);
  cluster.time.advance(1);
  expect(await cluster.activate('t')).toEqual([job]);
  await cluster.request('JOB', 'FAIL', job, { retries: 1, retryBackoff: 10 });
  expect(await cluster.request('JOB', 'UPDATE_TIMEOUT', job, { timeout: 500 })).toMatchObject({
    type: 'INVALID_STATE',
  });
  expect(await cluster.request('JOB', 'UPDATE_TIMEOUT', job, { timeout: 0 })).toMatchObject({
    type: 'INVALID_ARGUMENT',
  });
});

test('a clock that jumps back delays a time-out and loses nothing', async () => {
  const { cluster, job } = await withJob();
  cluster.time.jump(-10_000);
  cluster.time.advance(10_999);
  expect(await cluster.activate('t')).toEqual([]);
  cluster.time.advance(1);
  expect(await cluster.activate('t')).toEqual([job]);
});

test('a clock that jumps back while a time-out is on its way delays it and loses nothing', async () => {
  const cluster = new TestCluster({ limits: { stepsPerFlushMax: 1 } });
  await cluster.deploy(oneTask);
  await cluster.create('p');
  const [key] = await cluster.activate('t');
  cluster.time.jump(2000);
  await cluster.atOnce(async () => {
    // Is the first in the round that takes up what is due.
    await cluster.request('PROCESS_INSTANCE_CREATION', 'CREATE', NO_KEY, { bpmnProcessId: 'p' });
    cluster.time.soon(() => cluster.time.jump(-2000));
  });
  const tooEarly = cluster.records.filter(
    ({ intent, recordType }) => intent === 'TIME_OUT' && recordType === 'COMMAND_REJECTION',
  );
  expect(tooEarly).toHaveLength(1);
  expect(cluster.events('JOB', 'TIMED_OUT')).toEqual([]);
  cluster.time.advance(120_000);
  expect(cluster.events('JOB', 'TIMED_OUT').map((event) => event.key)).toEqual([key]);
});

test('an error that nothing catches is an incident of the job', async () => {
  const { cluster, job, instance } = await withJob();
  await cluster.request('JOB', 'THROW_ERROR', job, { errorCode: 'x' });
  expect(cluster.events('INCIDENT', 'CREATED')[0]?.value).toMatchObject({
    errorType: 'UNHANDLED_ERROR_EVENT',
    jobKey: job,
  });
  expect(await cluster.request('JOB', 'COMPLETE', job)).toMatchObject({ type: 'INVALID_STATE' });
  await cluster.request('PROCESS_INSTANCE', 'CANCEL', instance);
  expect(cluster.events('INCIDENT', 'RESOLVED')).toHaveLength(1);
  expect(cluster.partition().state.jobs.size).toBe(0);
});

test('a second completion is refused and changes nothing', async () => {
  const { cluster, job } = await withJob();
  await cluster.request('JOB', 'COMPLETE', job);
  const before = cluster.records.length;
  expect(await cluster.request('JOB', 'COMPLETE', job)).toMatchObject({
    kind: 'rejected',
    type: 'NOT_FOUND',
  });
  expect(cluster.records.slice(before).map(({ recordType }) => recordType)).toEqual([
    'COMMAND',
    'COMMAND_REJECTION',
  ]);
});

test('a batch of jobs is cut where it gets too large, and says so', async () => {
  const cluster = new TestCluster({ limits: { jobBatchCharactersMax: 50 } });
  await cluster.deploy(oneTask);
  for (let count = 0; count < 4; count += 1) await cluster.create('p', { text: 'x'.repeat(10) });
  expect(await cluster.activate('t')).toHaveLength(2);
  expect(cluster.events('JOB_BATCH', 'ACTIVATED')[0]?.value.truncated).toBe(true);
});
