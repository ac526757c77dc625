import { expect, test } from 'vitest';
import { chain, element, end, flow, message, messageEvent, start, timer } from '../../bpmn/bpmn.testkit.ts';
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

test('a message for a gateway that a signal has just triggered goes to another instance', async () => {
  const xml = withRoots(
    [message('m', 'payment', '= order'), signal('s', 'alarm')],
    'p',
    start(),
    element('exclusiveGateway', { id: 'how', default: 'how-plain' }),
    element('eventBasedGateway', { id: 'what' }),
    element('intermediateCatchEvent', { id: 'paid' }, messageEvent('m')),
    element('intermediateCatchEvent', { id: 'alarmed' }, signalEvent('s')),
    element('intermediateCatchEvent', { id: 'plain' }, messageEvent('m')),
    end(),
    chain('start', 'how', 'plain', 'end'),
    flow('how', 'what', '= isRace'),
    chain('what', 'paid', 'end'),
    chain('what', 'alarmed', 'end'),
  );
  for (const commandsPerStepMax of [1, 2, 3, 4]) {
    const cluster = await clusterWith(xml, { limits: { commandsPerStepMax } });
    for (const order of [1, 2, 3, 4, 5, 6]) await cluster.create('p', { isRace: true, order });
    const plain = await cluster.create('p', { isRace: false, order: 6 });
    await cluster.atOnce(async () => {
      await broadcast(cluster, 'alarm');
      await publish(cluster, 'payment', '6', { timeToLive: 1000 });
    });
    const completed = cluster.events('PROCESS_INSTANCE', 'ELEMENT_COMPLETED');
    const byMessage = completed.filter(({ value }) => ['plain', 'paid'].includes(value.elementId));
    expect(byMessage.map(({ value }) => value.processInstanceKey)).toEqual([plain]);
    cluster.time.advance(1000);
    expectNothingLeft(cluster);
  }
});
