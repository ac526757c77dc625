import { expect, test } from 'vitest';
import { chain, element, end, message, messageEvent, serviceTask, start } from '../../bpmn/bpmn.testkit.ts';
import { messagePartitionOf } from '../../protocol/message-partition.ts';
import type { TestCluster } from '../../stream/cluster.testkit.ts';
import { clusterWith, expectNothingLeft, publish, variableOf, withRoots } from '../events.testkit.ts';

const registration = withRoots(
  [message('m', 'registered')],
  'p',
  element('startEvent', { id: 'start' }, messageEvent('m')),
  serviceTask('check'),
  end(),
  chain('start', 'check', 'end'),
);

const startedOf = (cluster: TestCluster): number =>
  cluster.events('MESSAGE_START_EVENT_SUBSCRIPTION', 'CORRELATED').length;

test('a message starts an instance with its variables', async () => {
  const cluster = await clusterWith(registration);
  await publish(cluster, 'registered', '', { with: { name: 'Ada' } });
  expect(variableOf(cluster, 'name')).toBe('Ada');
  await cluster.complete('check');
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).toEqual(['start', 'check', 'end', 'p']);
  expectNothingLeft(cluster, ['messageStarts', 'messageStartsOf']);
});

test('messages without a correlation key each start an instance', async () => {
  const cluster = await clusterWith(registration);
  await publish(cluster, 'registered', '');
  await publish(cluster, 'registered', '');
  expect(startedOf(cluster)).toBe(2);
});

test('a message with a key starts no second instance while the first runs, but then', async () => {
  const cluster = await clusterWith(registration);
  await publish(cluster, 'registered', 'ada', { with: { n: 1 } });
  await publish(cluster, 'registered', 'ada', { timeToLive: 60_000, with: { n: 2 } });
  await publish(cluster, 'registered', 'ada', { timeToLive: 60_000, with: { n: 3 } });
  await publish(cluster, 'registered', 'bob');
  expect(startedOf(cluster)).toBe(2);
  cluster.restart();
  await cluster.complete('check');
  expect(startedOf(cluster)).toBe(3);
  expect(variableOf(cluster, 'n')).toBe(2);
});

test('an instance that is canceled lets the next begin', async () => {
  const cluster = await clusterWith(registration);
  await publish(cluster, 'registered', 'ada');
  await publish(cluster, 'registered', 'ada', { timeToLive: 60_000 });
  const [first] = cluster.events('MESSAGE_START_EVENT_SUBSCRIPTION', 'CORRELATED');
  if (first !== undefined)
    await cluster.request('PROCESS_INSTANCE', 'CANCEL', first.value.processInstanceKey);
  expect(startedOf(cluster)).toBe(2);
});

test('a kept message that has become too old starts nothing', async () => {
  const cluster = await clusterWith(registration);
  await publish(cluster, 'registered', 'ada');
  await publish(cluster, 'registered', 'ada', { timeToLive: 1_000 });
  cluster.time.advance(1_000);
  await cluster.complete('check');
  expect(startedOf(cluster)).toBe(1);
});

test('a message starts the newest version alone, also where another message name began the one before', async () => {
  const cluster = await clusterWith(registration, { partitions: 3 });
  await cluster.deploy(registration.replace('name="registered"', 'name="signedUp"'));
  for (const key of ['a', 'b', 'c', 'd']) await publish(cluster, 'registered', key);
  expect(startedOf(cluster)).toBe(0);
  for (const key of ['a', 'b', 'c', 'd']) await publish(cluster, 'signedUp', key);
  const started = cluster.events('MESSAGE_START_EVENT_SUBSCRIPTION', 'CORRELATED');
  expect(started.map(({ partitionId, value }) => [value.correlationKey, partitionId])).toEqual(
    ['a', 'b', 'c', 'd'].map((key) => [key, messagePartitionOf(key, 3)]),
  );
  const versions = cluster.events('PROCESS_INSTANCE', 'ELEMENT_ACTIVATED').map(({ value }) => value.version);
  expect(new Set(versions)).toEqual(new Set([2]));
});

test('one message starts a process and lets an instance of another go on', async () => {
  const waiting = withRoots(
    [message('m', 'registered', '= key')],
    'q',
    start(),
    element('intermediateCatchEvent', { id: 'wait' }, messageEvent('m')),
    end(),
    chain('start', 'wait', 'end'),
  );
  const cluster = await clusterWith([registration, waiting]);
  await cluster.create('q', { key: 'ada' });
  await publish(cluster, 'registered', 'ada');
  expect(startedOf(cluster)).toBe(1);
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).toContain('q');
});

test('the variables of a starting message come too late for the keys of event sub-processes, as in Zeebe', async () => {
  const xml = withRoots(
    [message('m', 'registered'), message('n', 'stop', '= key')],
    'p',
    element('startEvent', { id: 'start' }, messageEvent('m')),
    serviceTask('check'),
    end(),
    chain('start', 'check', 'end'),
    element(
      'subProcess',
      { id: 'h', triggeredByEvent: 'true' },
      element('startEvent', { id: 'hStart' }, messageEvent('n')),
      end('hEnd'),
      chain('hStart', 'hEnd'),
    ),
  );
  const cluster = await clusterWith(xml);
  await publish(cluster, 'registered', '', { with: { key: 'ada' } });
  expect(cluster.events('INCIDENT', 'CREATED')).toHaveLength(1);
});
