import { expect, test } from 'vitest';
import {
  chain,
  element,
  end,
  eventSubProcess,
  message,
  messageEvent,
  serviceTask,
  start,
  timer,
  type Xml,
} from '../../bpmn/bpmn.testkit.ts';
import type { Key } from '../../protocol/key.ts';
import { messagePartitionOf } from '../../protocol/message-partition.ts';
import type { EngineRecord } from '../../protocol/record.ts';
import type { TestCluster, TestClusterOptions } from '../../stream/cluster.testkit.ts';
import {
  broadcast,
  clusterWith,
  expectNothingLeft,
  publish,
  signal,
  signalEvent,
  withRoots,
} from '../events.testkit.ts';

/** One command a step: what comes at the same time gets in between what follows from another. */
const oneByOne: TestClusterOptions = { limits: { commandsPerStepMax: 1, stepsPerFlushMax: 2 } };

const roots = [message('m', 'paid', '= order'), signal('s', 'alarm'), signal('e', 'evacuate')];

/** Waits for the event beside a task that ends before it, until the event sub-process begins instead of both. */
const waitingFor = (definition: Xml): Xml =>
  withRoots(
    roots,
    'p',
    start(),
    element('parallelGateway', { id: 'fork' }),
    serviceTask('work'),
    element('intermediateCatchEvent', { id: 'wait' }, definition),
    end(),
    chain('start', 'fork', 'work', 'end'),
    chain('fork', 'wait', 'end'),
    eventSubProcess('handler', signalEvent('e')),
  );

type Ends = (cluster: TestCluster, key: Key) => Promise<unknown>;

/** What ends the elements in the process, one after the other. */
const endings: [string, Ends][] = [
  ['is canceled', (cluster, key) => cluster.request('PROCESS_INSTANCE', 'CANCEL', key)],
  ['is interrupted', (cluster) => broadcast(cluster, 'evacuate')],
];

/** The event came while `wait` was still active and its scope was not. */
function expectTooLate(cluster: TestCluster, came: (record: EngineRecord) => boolean): void {
  const cameAt = cluster.records.findIndex(came);
  const ended = (record: EngineRecord) =>
    record.intent === 'ELEMENT_TERMINATING' &&
    'elementId' in record.value &&
    record.value.elementId === 'wait';
  expect(cameAt).toBeGreaterThan(0);
  expect(cluster.records.findIndex(ended)).toBeGreaterThan(cameAt);
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).not.toContain('wait');
  expect(
    cluster.events('PROCESS_EVENT', 'TRIGGERING').map(({ value }) => value.targetElementId),
  ).not.toContain('wait');
}

async function finish(cluster: TestCluster): Promise<void> {
  if (cluster.elementsWith('ELEMENT_ACTIVATED').includes('handlerTask'))
    await cluster.complete('handlerTask');
  expectNothingLeft(cluster);
}

test.each(endings)('a signal leaves alone what waits for it in a process that %s', async (_, ends) => {
  const cluster = await clusterWith(waitingFor(signalEvent('s')), oneByOne);
  const key = await cluster.create('p');
  await cluster.atOnce(async () => {
    await ends(cluster, key);
    await broadcast(cluster, 'alarm');
  });
  expectTooLate(
    cluster,
    ({ intent, value }) => intent === 'BROADCASTED' && 'signalName' in value && value.signalName === 'alarm',
  );
  await finish(cluster);
});

test.each(endings)('a timer leaves alone what waits for it in a process that %s', async (_, ends) => {
  const cluster = await clusterWith(waitingFor(timer('timeDuration', 'PT1M')), oneByOne);
  const key = await cluster.create('p');
  await cluster.atOnce(async () => {
    await ends(cluster, key);
    cluster.time.jump(60_000);
  });
  expectTooLate(cluster, ({ valueType, intent }) => valueType === 'TIMER' && intent === 'TRIGGERED');
  await finish(cluster);
});

test.each(endings)('a message goes to the next instance from one that %s', async (_, ends) => {
  const cluster = await clusterWith(waitingFor(messageEvent('m')), { ...oneByOne, partitions: 2 });
  const order = ['o-1', 'o-2', 'o-3', 'o-4'].find((id) => messagePartitionOf(id, 2) === 2) ?? '';
  const key = await cluster.create('p', { order });
  await cluster.atOnce(async () => {
    await ends(cluster, key);
    await publish(cluster, 'paid', order, { timeToLive: 60_000 });
  });
  expectTooLate(
    cluster,
    ({ valueType, intent }) => valueType === 'PROCESS_MESSAGE_SUBSCRIPTION' && intent === 'CORRELATE',
  );
  const next = await cluster.create('p', { order });
  const [correlated, ...more] = cluster.events('PROCESS_MESSAGE_SUBSCRIPTION', 'CORRELATED');
  expect(correlated?.value.processInstanceKey).toBe(next);
  expect(more).toEqual([]);
});
