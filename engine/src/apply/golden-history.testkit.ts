/** An engine goes through everything that it can do: what happens is the stuff that goldens are made of. */
import {
  boundary,
  callActivity,
  chain,
  definitions,
  element,
  end,
  extensions,
  job,
  message,
  messageEvent,
  process,
  serviceTask,
  start,
  timer,
  type Xml,
  zeebe,
} from '../bpmn/bpmn.testkit.ts';
import { broadcast, clusterWith, publish, signal, signalEvent } from '../processing/events.testkit.ts';
import type { Document } from '../protocol/document.ts';
import { type Key, NO_KEY } from '../protocol/key.ts';
import type { EventRecord } from '../protocol/record.ts';
import type { TestCluster } from '../stream/cluster.testkit.ts';

const roots = [message('m', 'message', '= key'), message('n', 'begin'), signal('s', 'signal')];
const loop = element(
  'multiInstanceLoopCharacteristics',
  {},
  extensions(
    zeebe('loopCharacteristics', {
      inputCollection: '= [1, 2, 3]',
      inputElement: 'item',
      outputCollection: 'results',
      outputElement: '= item',
    }),
  ),
  element('completionCondition', {}, '= numberOfCompletedInstances = 2'),
);

function file(id: string, ...content: readonly Xml[]): Xml {
  return definitions(...roots, process(id, ...content));
}

const processes = [
  file(
    'work',
    start(),
    serviceTask('task'),
    boundary('stop', 'task', messageEvent('m')),
    boundary('late', 'task', timer('timeCycle', 'R2/PT1H'), { cancelActivity: 'false' }),
    boundary('alarm', 'task', signalEvent('s'), { cancelActivity: 'false' }),
    end(),
    chain('start', 'task', 'end'),
    ...['stop', 'late', 'alarm'].map((id) => chain(id, 'end')),
  ),
  file(
    'loops',
    start(),
    element('parallelGateway', { id: 'fork' }),
    element('serviceTask', { id: 'each' }, extensions(job('each')), loop),
    callActivity('call', 'plain'),
    element('parallelGateway', { id: 'join' }),
    element('endEvent', { id: 'end' }, element('terminateEventDefinition', {})),
    chain('start', 'fork', 'each', 'join', 'end'),
    chain('fork', 'call', 'join'),
  ),
  file(
    'plain',
    start(),
    serviceTask('plainTask'),
    element(
      'subProcess',
      { id: 'handler', triggeredByEvent: 'true' },
      element('startEvent', { id: 'onMessage' }, messageEvent('m')),
      end('handled'),
      chain('onMessage', 'handled'),
    ),
    end(),
    chain('start', 'plainTask', 'end'),
  ),
  file(
    'started',
    element('startEvent', { id: 'byMessage' }, messageEvent('n')),
    element('startEvent', { id: 'bySignal' }, signalEvent('s')),
    serviceTask('begun'),
    end(),
    chain('byMessage', 'begun', 'end'),
    chain('bySignal', 'begun'),
  ),
];

/** The events of each partition, in order. */
export async function goldenHistory(): Promise<readonly (readonly EventRecord[])[]> {
  const cluster = await clusterWith(processes, { partitions: 2 });
  for (const partitionId of [1, 2]) await goThrough(cluster, partitionId);
  await cluster.deploy(...processes.map((xml) => xml.replace('isExecutable', 'name="new" isExecutable')));
  for (const partitionId of [1, 2]) await migrate(cluster, partitionId);
  cluster.time.advance(10_000_000);
  for (const partitionId of [1, 2]) {
    for (const key of instancesOf(cluster, partitionId)) {
      await cluster.request('PROCESS_INSTANCE', 'CANCEL', key, {}, partitionId);
    }
  }
  const events = cluster.records.filter((record) => record.recordType === 'EVENT');
  return [1, 2].map((id) => events.filter(({ partitionId }) => partitionId === id));
}

async function goThrough(cluster: TestCluster, partitionId: number): Promise<void> {
  const create = (bpmnProcessId: string, key: string) =>
    cluster.request(
      'PROCESS_INSTANCE_CREATION',
      'CREATE',
      NO_KEY,
      { bpmnProcessId, variables: `{"key":"${key}"}` as Document },
      partitionId,
    );
  await create('work', 'k1');
  await create('work', 'k2');
  await failAndRepair(cluster, partitionId);
  await broadcast(cluster, 'signal', { x: 1 }, partitionId);
  cluster.time.advance(3_700_000);
  await publish(cluster, 'message', 'k1', { timeToLive: 100, messageId: 'once', with: { y: 2 } });
  await publish(cluster, 'begin', 'k3', { timeToLive: 50 });
  await publish(cluster, 'begin', 'k3', { timeToLive: 50 });
  const [instance = NO_KEY] = instancesOf(cluster, partitionId, 'work');
  await cluster.request('PROCESS_INSTANCE', 'CANCEL', instance, {}, partitionId);
  await create('loops', 'k4');
  for (const type of ['plainTask', 'each', 'each']) await cluster.complete(type, { z: type }, partitionId);
  await create('plain', 'k5');
  await create('plain', 'k7');
  const fields = { bpmnProcessId: 'plain' }; // without its correlation key it is an incident
  await cluster.request('PROCESS_INSTANCE_CREATION', 'CREATE', NO_KEY, fields, partitionId);
  const stopped = instancesOf(cluster, partitionId, 'plain').at(-1) ?? NO_KEY;
  await cluster.request('PROCESS_INSTANCE', 'CANCEL', stopped, {}, partitionId);
  const [plain = NO_KEY] = instancesOf(cluster, partitionId, 'plain');
  await cluster.request(
    'VARIABLE_DOCUMENT',
    'UPDATE',
    NO_KEY,
    { scopeKey: plain, variables: '{"key":"k6"}' as Document },
    partitionId,
  );
  await publish(cluster, 'message', 'k5', {});
  await cluster.complete('begun', {}, partitionId).catch(() => {}); // it may have begun elsewhere
}

async function migrate(cluster: TestCluster, partitionId: number): Promise<void> {
  const { state } = cluster.partition(partitionId);
  for (const key of instancesOf(cluster, partitionId, 'plain')) {
    const targetProcessDefinitionKey = state.processVersions.get('plain', 2) ?? NO_KEY;
    const mappingInstructions = [{ sourceElementId: 'plainTask', targetElementId: 'plainTask' }];
    const fields = { processInstanceKey: key, targetProcessDefinitionKey, mappingInstructions };
    await cluster.request('PROCESS_INSTANCE_MIGRATION', 'MIGRATE', key, fields, partitionId);
  }
}

async function failAndRepair(cluster: TestCluster, partitionId: number): Promise<void> {
  const [key = NO_KEY, other = NO_KEY] = await cluster.activate('task', 2, partitionId);
  const send = (intent: 'FAIL' | 'UPDATE_RETRIES' | 'UPDATE_TIMEOUT' | 'THROW_ERROR', fields: object) =>
    cluster.request('JOB', intent, key, fields, partitionId);
  await send('UPDATE_TIMEOUT', { timeout: 500 });
  cluster.time.advance(600);
  await cluster.request('JOB', 'COMPLETE', other, { variables: '{"done":true}' as Document }, partitionId);
  await send('FAIL', { retries: 2, retryBackoff: 100, variables: '{"why":"x"}' as Document });
  cluster.time.advance(200);
  await send('FAIL', { retries: 1 });
  await send('FAIL', { retries: 0 });
  await send('UPDATE_RETRIES', { retries: 3 });
  await resolveAll(cluster, partitionId);
  await send('THROW_ERROR', { errorCode: 'unknown' });
  await resolveAll(cluster, partitionId);
}

async function resolveAll(cluster: TestCluster, partitionId: number): Promise<void> {
  for (const [key] of [...cluster.partition(partitionId).state.incidents.entries()]) {
    await cluster.request('INCIDENT', 'RESOLVE', key, {}, partitionId);
  }
}

function instancesOf(cluster: TestCluster, partitionId: number, elementId?: string): Key[] {
  return [...cluster.partition(partitionId).state.elements.entries()]
    .filter(([, { value }]) => value.bpmnElementType === 'PROCESS')
    .filter(([, { value }]) => elementId === undefined || value.elementId === elementId)
    .map(([key]) => key);
}
