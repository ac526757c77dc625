import { expect, test } from 'vitest';
import { element, processFile, zeebe } from '../bpmn/bpmn.testkit.ts';
import { SimulatedDisk } from '../log/simulated-disk.ts';
import type { EngineRecord } from '../protocol/record.ts';
import { openEngine } from './engine.ts';

const oneTask = processFile(
  'order',
  element('startEvent', { id: 'start' }, element('outgoing', {}, 'f1')),
  element('sequenceFlow', { id: 'f1', sourceRef: 'start', targetRef: 'pay' }),
  element(
    'serviceTask',
    { id: 'pay' },
    element('extensionElements', {}, zeebe('taskDefinition', { type: 'pay' })),
    element('incoming', {}, 'f1'),
    element('outgoing', {}, 'f2'),
  ),
  element('sequenceFlow', { id: 'f2', sourceRef: 'pay', targetRef: 'end' }),
  element('endEvent', { id: 'end' }, element('incoming', {}, 'f2')),
);

function recordsOf(records: readonly EngineRecord[]): string[] {
  return records.map(({ recordType, valueType, intent, value }) => {
    const id = 'elementId' in value ? ` ${value.elementId}` : '';
    return `${recordType} ${valueType} ${intent}${id}`;
  });
}

test('an instance runs through its service task to the end, and its result is given', async () => {
  const records: EngineRecord[] = [];
  const engine = openEngine({
    directory: '/engine',
    disk: new SimulatedDisk({ seed: 1 }),
    onRecords: (batch) => records.push(...batch),
  });
  await engine.deploy([{ name: 'order.bpmn', content: oneTask }]);
  const result = engine.createInstanceWithResult({ bpmnProcessId: 'order', variables: { amount: 10 } });
  const [job] = await engine.activateJobs({ type: 'pay', maxJobs: 5, timeoutMs: 1000, waitMs: 1000 });
  expect(job).toMatchObject({ type: 'pay', elementId: 'pay', retries: 3, variables: { amount: 10 } });
  if (job === undefined) return;
  await engine.completeJob(job.key, { paid: true });
  expect(await result).toMatchObject({
    bpmnProcessId: 'order',
    version: 1,
    variables: { amount: 10, paid: true },
  });
  await expect(engine.completeJob(job.key)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(records.map(({ position }) => position)).toEqual(records.map((_, index) => index + 1));
  expect(recordsOf(records)).toMatchSnapshot();
  await engine.close();
});

test('a job that was handed out before a restart can be completed after it', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const before = openEngine({ directory: '/engine', disk });
  await before.deploy([{ name: 'order.bpmn', content: oneTask }]);
  await before.createInstance({ bpmnProcessId: 'order', variables: { amount: 10 } });
  const [job] = await before.activateJobs({ type: 'pay', maxJobs: 5, timeoutMs: 60_000 });
  disk.crash('power');
  const records: EngineRecord[] = [];
  const after = openEngine({ directory: '/engine', disk, onRecords: (batch) => records.push(...batch) });
  if (job === undefined) throw new Error('no job');
  await after.completeJob(job.key, { paid: true });
  expect(recordsOf(records).at(-1)).toBe('EVENT PROCESS_INSTANCE ELEMENT_COMPLETED order');
  expect((await after.createInstance({ bpmnProcessId: 'order' })).version).toBe(1);
  await after.close();
});

test('beyond the limit requests are refused at once with a hint when to try again, while jobs are completed', async () => {
  const engine = openEngine({
    directory: '/engine',
    disk: new SimulatedDisk({ seed: 1 }),
    limits: { inFlightMax: 2 },
  });
  await engine.deploy([{ name: 'order.bpmn', content: oneTask }]);
  await engine.createInstance({ bpmnProcessId: 'order' });
  const [job] = await engine.activateJobs({ type: 'pay', maxJobs: 1, timeoutMs: 1000 });
  const first = [1, 2].map(() => engine.createInstance({ bpmnProcessId: 'order' }));
  await expect(engine.createInstance({ bpmnProcessId: 'order' })).rejects.toMatchObject({
    code: 'RESOURCE_EXHAUSTED',
    retryAfterMs: expect.any(Number),
  });
  if (job !== undefined) await engine.completeJob(job.key);
  await Promise.all(first);
  await engine.createInstance({ bpmnProcessId: 'order' });
  await engine.close();
});

test('a worker that waits gets the job as soon as it is there, in whatever partition, and none when it stops', async () => {
  const engine = openEngine({ directory: '/engine', partitions: 3, disk: new SimulatedDisk({ seed: 1 }) });
  await engine.deploy([{ name: 'order.bpmn', content: oneTask }]);
  const stop = new AbortController();
  const seen: unknown[] = [];
  const worker = (async () => {
    for await (const job of engine.streamJobs({ type: 'pay', maxJobs: 2, timeoutMs: 60_000 }, stop.signal)) {
      seen.push(job.variables['index']);
      await engine.completeJob(job.key, { done: true });
    }
  })();
  const results = [0, 1, 2, 3, 4, 5].map((index) =>
    engine.createInstanceWithResult({ bpmnProcessId: 'order', variables: { index } }),
  );
  for (const { variables } of await Promise.all(results)) expect(variables['done']).toBe(true);
  expect(seen.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  stop.abort();
  await worker;
  await engine.close();
});

test('bad requests are refused in words, and closing answers who still waits', async () => {
  const engine = openEngine({ directory: '/engine', disk: new SimulatedDisk({ seed: 1 }) });
  await engine.deploy([{ name: 'order.bpmn', content: oneTask }]);
  const create = (variables: unknown) =>
    engine.createInstance({ bpmnProcessId: 'order', variables: variables as Record<string, unknown> });
  await expect(create([1])).rejects.toMatchObject({
    message: 'Expected variables to be an object, but got a list',
  });
  await expect(create({ text: 'x'.repeat(5e6) })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await expect(create({ n: 1n })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await expect(engine.createInstance({ bpmnProcessId: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(engine.completeJob((99n << 51n) as never)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(engine.deploy([{ name: 'x', content: '<a/>' }])).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  for (const wrong of [{ maxJobs: 0 }, { timeoutMs: Number.NaN }, { type: '' }]) {
    const request = engine.activateJobs({ type: 'none', maxJobs: 1, timeoutMs: 1, ...wrong });
    await expect(request).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  }
  const result = engine.createInstanceWithResult({ bpmnProcessId: 'order' });
  const jobs = engine.activateJobs({ type: 'none', maxJobs: 1, timeoutMs: 1, waitMs: 60_000 });
  const { processInstanceKey } = await engine.createInstance({ bpmnProcessId: 'order' });
  await engine.cancelInstance(processInstanceKey);
  await Promise.all([
    expect(result).rejects.toMatchObject({ code: 'UNAVAILABLE' }),
    expect(jobs).rejects.toMatchObject({ code: 'UNAVAILABLE' }),
    engine.close(),
  ]);
  await expect(create({})).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});
