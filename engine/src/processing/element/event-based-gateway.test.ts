import { expect, test } from 'vitest';
import { chain, element, end, message, messageEvent, start, timer } from '../../bpmn/bpmn.testkit.ts';
import {
  broadcast,
  clusterWith,
  expectNothingLeft,
  publish,
  signal,
  signalEvent,
  variableOf,
  withRoots,
} from '../events.testkit.ts';

const branches = ['paid', 'late', 'alarmed'];
const choice = withRoots(
  [message('m', 'payment', '= order'), signal('s', 'alarm')],
  'p',
  start(),
  element('eventBasedGateway', { id: 'what' }),
  element('intermediateCatchEvent', { id: 'paid' }, messageEvent('m')),
  element('intermediateCatchEvent', { id: 'late' }, timer('timeDuration', 'PT1M')),
  element('intermediateCatchEvent', { id: 'alarmed' }, signalEvent('s')),
  ...branches.map((id) => end(`${id}End`)),
  chain('start', 'what'),
  ...branches.map((id) => chain('what', id, `${id}End`)),
);

test('an event-based gateway goes on at the message when that is first', async () => {
  const cluster = await clusterWith(choice);
  await cluster.create('p', { order: 'o-1' });
  await publish(cluster, 'payment', 'o-1', { with: { amount: 3 } });
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).toEqual(['start', 'what', 'paid', 'paidEnd', 'p']);
  expect(cluster.elementsWith('SEQUENCE_FLOW_TAKEN')).toEqual(['start-what', 'paid-paidEnd']);
  expect(variableOf(cluster, 'amount')).toBe(3);
  expectNothingLeft(cluster);
});

test('an event-based gateway goes on at the timer when that is first', async () => {
  const cluster = await clusterWith(choice);
  await cluster.create('p', { order: 'o-1' });
  cluster.restart();
  cluster.time.advance(60_000);
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).toEqual(['start', 'what', 'late', 'lateEnd', 'p']);
  expectNothingLeft(cluster);
});

test('an event-based gateway goes on at the signal when that is first', async () => {
  const cluster = await clusterWith(choice);
  await cluster.create('p', { order: 'o-1' });
  await broadcast(cluster, 'alarm');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(1)).toEqual(['what', 'alarmed', 'alarmedEnd', 'p']);
  expectNothingLeft(cluster);
});

test('a kept message is there before the gateway waits', async () => {
  const cluster = await clusterWith(choice);
  await publish(cluster, 'payment', 'o-1', { timeToLive: 1000 });
  await cluster.create('p', { order: 'o-1' });
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
  expectNothingLeft(cluster, ['messages', 'messageDeadlines', 'messagesByIdentity', 'messageCorrelations']);
});

test('only one of two events goes on when both happen before the gateway is left', async () => {
  const cluster = await clusterWith(choice, { limits: { commandsPerStepMax: 2 } });
  await cluster.create('p', { order: 'o-1' });
  cluster.time.jump(60_000);
  await publish(cluster, 'payment', 'o-1', { timeToLive: 1000 });
  cluster.time.advance(10_000);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').filter((id) => branches.includes(id))).toHaveLength(1);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
  expectNothingLeft(cluster);
});

test('an event-based gateway in an instance that is canceled waits no more', async () => {
  const cluster = await clusterWith(choice);
  const key = await cluster.create('p', { order: 'o-1' });
  await cluster.request('PROCESS_INSTANCE', 'CANCEL', key);
  expectNothingLeft(cluster);
});
