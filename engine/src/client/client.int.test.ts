import { expect, test } from 'vitest';
import { ORDER, restStage } from '../gateway/rest/rest.testkit.ts';
import { BpmnError, connectEngine, createWorker } from './index.ts';

const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

test('a worker in front of a gateway completes instances of all partitions', async () => {
  const stage = await restStage({ partitions: 5 });
  const client = connectEngine({ url: `${stage.url}/`, traceparent: () => trace });
  const { processes } = await client.deploy([{ name: 'order.bpmn', content: ORDER }]);
  const seen: unknown[] = [];
  const worker = createWorker({
    url: stage.url,
    type: 'pay',
    handler: ({ key, variables }) => {
      expect(typeof key).toBe('bigint');
      seen.push(variables['traceparent']);
      return { paid: variables['amount'] };
    },
  });
  const requests = [1, 2, 3, 4, 5, 6].map((amount) =>
    client.createInstanceWithResult({ bpmnProcessId: 'order', variables: { amount } }),
  );
  const results = await Promise.all(requests);
  expect(results.map(({ variables }) => variables['paid'])).toEqual([1, 2, 3, 4, 5, 6]);
  expect(results.some(({ processInstanceKey }) => processInstanceKey > 2n ** 53n)).toBe(true);
  expect(results[0]?.processDefinitionKey).toBe(processes[0]?.processDefinitionKey);
  expect(new Set(seen)).toEqual(new Set([trace]));
  await worker.stop();
  await stage.close();
});

test('everything that can be asked of an engine can be asked over REST', async () => {
  const stage = await restStage();
  const client = connectEngine({ url: stage.url });
  const { processes } = await client.deploy([{ name: 'order.bpmn', content: Buffer.from(ORDER) }]);
  const { processDefinitionKey } = processes[0] ?? expect.fail('nothing was deployed');
  const { processInstanceKey } = await client.createInstance({ processDefinitionKey, variables: { a: 1 } });
  await client.setVariables(processInstanceKey, { a: 2 }, { isLocal: true });
  const [job] = await client.activateJobs({ type: 'pay', maxJobs: 1, timeoutMs: 60_000 });
  expect(job).toMatchObject({ processInstanceKey, variables: { a: 2 } });
  const { key, elementInstanceKey } = job ?? expect.fail('there was no job');
  await client.updateTimeout(key, 1000);
  await client.updateRetries(key, 7);
  await client.failJob(key, { retries: 7, errorMessage: 'no' });
  await client.throwError(key, { errorCode: 'no-money' });
  await expect(client.completeJob(key)).rejects.toMatchObject({ name: 'EngineError', code: 'INVALID_STATE' });
  const scope = { elementId: 'pay', variables: { b: 3 } };
  const activate = [{ elementId: 'pay', ancestorScopeKey: processInstanceKey, variables: [scope] }];
  await client.modifyInstance(processInstanceKey, { activate, terminate: [elementInstanceKey] });
  const moved = await client.activateJobs({ type: 'pay', maxJobs: 1, timeoutMs: 60_000 });
  expect(moved).toEqual([expect.objectContaining({ processInstanceKey, variables: { a: 2, b: 3 } })]);
  await client.cancelInstance(processInstanceKey);
  const late = await client.createInstance({ processDefinitionKey, startAt: ['end'] });
  await expect(client.cancelInstance(late.processInstanceKey)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(client.resolveIncident(key)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await client.publishMessage({ name: 'paid', correlationKey: '1', messageId: 'a', timeToLiveMs: 60_000 });
  await client.broadcastSignal({ name: 'stop' });
  const result = client.createInstanceWithResult({ bpmnProcessId: 'order' }, { waitMs: 1 });
  await expect(result).rejects.toMatchObject({ code: 'TIMEOUT' });
  await stage.close();
  await expect(client.broadcastSignal({ name: 'stop' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('the same worker works for an engine of its own process', async () => {
  const stage = await restStage();
  await stage.engine.deploy([{ name: 'order.bpmn', content: ORDER }]);
  const tried: number[] = [];
  const worker = createWorker({
    engine: stage.engine,
    type: 'pay',
    retryBackoffMs: 0,
    handler: ({ retries }) => {
      tried.push(retries);
      if (tried.length < 3) throw new Error('not yet');
      if (tried.length > 3) throw new BpmnError('x');
    },
  });
  await stage.engine.createInstanceWithResult({ bpmnProcessId: 'order' });
  expect(tried).toEqual([3, 2, 1]);
  await worker.stop();
  await stage.close();
});

test('a running instance goes on as one of a new version', async () => {
  const stage = await restStage();
  const client = connectEngine({ url: stage.url });
  await client.deploy([{ name: 'order.bpmn', content: ORDER }]);
  const { processInstanceKey } = await client.createInstance({ bpmnProcessId: 'order' });
  const [deployed] = (
    await client.deploy([{ name: 'order.bpmn', content: ORDER.replaceAll('"pay"', '"pay-now"') }])
  ).processes;
  const { processDefinitionKey, version } = deployed ?? expect.fail('nothing was deployed');
  expect(version).toBe(2);
  const migrate = (sourceElementId: string) =>
    client.migrateInstance(processInstanceKey, {
      targetProcessDefinitionKey: processDefinitionKey,
      mapping: [{ sourceElementId, targetElementId: 'pay-now' }],
    });
  await expect(migrate('end')).rejects.toMatchObject({ name: 'EngineError' });
  await migrate('pay');
  const [job] = await client.activateJobs({ type: 'pay', maxJobs: 1, timeoutMs: 60_000 });
  expect(job).toMatchObject({ processInstanceKey, processDefinitionKey, elementId: 'pay-now' });
  await stage.close();
});

test('who no longer waits for jobs gets none, as in process', async () => {
  const stage = await restStage();
  const client = connectEngine({ url: stage.url });
  const stopping = new AbortController();
  const waiting = client.activateJobs(
    { type: 'pay', maxJobs: 1, timeoutMs: 60_000, waitMs: 60_000 },
    stopping.signal,
  );
  stopping.abort();
  expect(await waiting).toEqual([]);
  await stage.close();
});

test('jobs of several trace contexts that are completed together each keep their own', async () => {
  const stage = await restStage();
  let context: string | undefined;
  const client = connectEngine({ url: stage.url, traceparent: () => context });
  await client.deploy([{ name: 'order.bpmn', content: ORDER }]);
  const contexts = ['a', 'a', 'b', 'b'].map((digit) => trace.replace('b'.repeat(16), digit.repeat(16)));
  const results = contexts.map(() => client.createInstanceWithResult({ bpmnProcessId: 'order' }));
  const jobs: Awaited<ReturnType<typeof client.activateJobs>> = [];
  while (jobs.length < 4) {
    jobs.push(...(await client.activateJobs({ type: 'pay', maxJobs: 4, timeoutMs: 60_000, waitMs: 5000 })));
  }
  const completions = jobs.map(({ key }, index) => {
    context = contexts[index];
    return client.completeJob(key, { index });
  });
  await Promise.all(completions);
  const seen = (await Promise.all(results)).map(({ variables }) => [
    variables['index'],
    variables['traceparent'],
  ]);
  expect(new Map(seen as [number, string][])).toEqual(new Map(contexts.entries()));
  await stage.close();
});
