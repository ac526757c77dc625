import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '../stack/api.ts';
import { type CollectorProcess, startCollectorProcess } from '../stack/collector-process.ts';
import { startZeebe, type ZeebeProcess } from '../stack/zeebe.ts';
import { zeebeRuntime } from '../stack/zeebe-runtime.ts';

const BPMN = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t">
  <process id="order" name="Order" isExecutable="true">
    <startEvent id="s" name="Order placed"><outgoing>f1</outgoing></startEvent>
    <sequenceFlow id="f1" sourceRef="s" targetRef="pay"/>
    <serviceTask id="pay" name="Retrieve payment"><extensionElements><zeebe:taskDefinition type="payment"/></extensionElements>
      <incoming>f1</incoming><outgoing>f2</outgoing></serviceTask>
    <sequenceFlow id="f2" sourceRef="pay" targetRef="wait"/>
    <intermediateCatchEvent id="wait" name="Goods fetched"><incoming>f2</incoming><outgoing>f3</outgoing>
      <messageEventDefinition messageRef="m"/></intermediateCatchEvent>
    <sequenceFlow id="f3" sourceRef="wait" targetRef="e"/>
    <endEvent id="e" name="Order delivered"><incoming>f3</incoming></endEvent>
  </process>
  <message id="m" name="goods-fetched"><extensionElements><zeebe:subscription correlationKey="=orderId"/></extensionElements></message>
</definitions>`;

const runtime = await zeebeRuntime();
if (typeof runtime === 'string') process.stderr.write(`The test with a real Zeebe is left out: ${runtime}\n`);
const directory = mkdtempSync(join(tmpdir(), 'throughline-zeebe-'));
let collector: CollectorProcess;
let zeebe: ZeebeProcess;

async function call<T>(path: string, body: object): Promise<T> {
  const form = body instanceof FormData;
  const response = await fetch(`${zeebe.rest}${path}`, {
    method: 'POST',
    headers: form ? {} : { 'Content-Type': 'application/json' },
    body: form ? body : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return (text === '' ? {} : JSON.parse(text)) as T;
}

describe.skipIf(typeof runtime === 'string')('a real Zeebe whose exporter points at Throughline', () => {
  beforeAll(async () => {
    if (typeof runtime === 'string') return;
    collector = await startCollectorProcess({ dataDir: join(directory, 'data') });
    zeebe = await startZeebe(runtime, join(directory, 'zeebe'), collector.otlpHttp);
  }, 180_000);

  afterAll(async () => {
    await zeebe?.stop();
    await collector?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('shows its instances: completed, waiting for a message, waiting for a worker', async () => {
    const form = new FormData();
    form.append('resources', new Blob([BPMN]), 'order.bpmn');
    await call('/deployments', form);
    for (const orderId of ['o-1', 'o-2', 'o-3']) {
      await call('/process-instances', { processDefinitionId: 'order', variables: { orderId } });
    }
    const activation = {
      type: 'payment',
      timeout: 60_000,
      maxJobsToActivate: 2,
      worker: 'w',
      requestTimeout: 10_000,
    };
    const { jobs } = await call<{ jobs: { key: number; variables: { orderId: string } }[] }>(
      '/jobs/activation',
      activation,
    );
    expect(jobs).toHaveLength(2);
    for (const { key } of jobs) await call(`/jobs/${key}/completion`, { variables: {} });
    const delivered = jobs[0]?.variables.orderId ?? '';
    await call('/messages/publication', {
      name: 'goods-fetched',
      correlationKey: delivered,
      timeToLive: 60_000,
    });

    const api = new Api(collector.http);
    const counts = { total: 3, completed: 1, open: 2, failed: 0 };
    await api.until(
      () => api.flows(),
      ({ items }) =>
        items.some(({ flow, instances }) => flow === 'order' && instances.completed === counts.completed),
      60_000,
    );
    const [flow] = (await api.flows()).items.filter((one) => one.flow === 'order');
    expect(flow).toMatchObject({ name: 'Order', instances: counts });
    const chain = await api.chain('order');
    expect(chain.activities.map(({ activity, count }) => [activity, count]).sort()).toEqual([
      ['Goods fetched', 2],
      ['Order delivered', 1],
      ['Order placed', 3],
      ['Retrieve payment', 3],
    ]);
    const waits: (readonly string[])[] = [];
    for (const { instance, state } of await api.instances('order')) {
      if (state !== 'open') continue;
      const { steps } = await api.instance(instance);
      waits.push(steps.filter((step) => step.open).flatMap((step) => step.waitsFor));
    }
    const waiting = jobs[1]?.variables.orderId;
    expect(waits.sort()).toEqual([
      ['a worker for jobs of type payment'],
      [`message goods-fetched with key ${waiting}`],
    ]);
    expect(await api.status()).toMatchObject({ deadLetters: 0, duplicates: 0 });
  }, 120_000);
});
