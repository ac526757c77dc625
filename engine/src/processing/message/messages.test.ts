import { expect, test, vi } from 'vitest';
import {
  chain,
  element,
  end,
  extensions,
  message,
  messageEvent,
  start,
  zeebe,
} from '../../bpmn/bpmn.testkit.ts';
import { documentOf } from '../../protocol/document.ts';
import { NO_KEY } from '../../protocol/key.ts';
import type { MessageSubscriptionValue } from '../../protocol/values/message-subscription.ts';
import type { TestCluster } from '../../stream/cluster.testkit.ts';
import { clusterWith, expectNothingLeft, publish, variableOf, withRoots } from '../events.testkit.ts';

const catching = withRoots(
  [message('m', 'paid', '= order')],
  'p',
  start(),
  element('intermediateCatchEvent', { id: 'wait' }, messageEvent('m')),
  end(),
  chain('start', 'wait', 'end'),
);

/** Records after the command of the kind, without commands: `PUBLISHED`, `wait ELEMENT_COMPLETING`. */
function eventsAfterLast(cluster: TestCluster, intent: string): string[] {
  const from = cluster.records.findLastIndex((record) => record.intent === intent);
  return cluster.records.slice(from + 1).map(({ recordType, valueType, intent: what, value }) => {
    const id = 'elementId' in value && value.elementId !== '' ? ` ${value.elementId}` : '';
    return `${recordType} ${valueType} ${what}${id}`;
  });
}

test('a waiting event goes on with the message, in the order of records that Zeebe writes', async () => {
  const cluster = await clusterWith(catching);
  await cluster.create('p', { order: 'o-1' });
  expect(cluster.elementsWith('ELEMENT_ACTIVATED').at(-1)).toBe('wait');
  await publish(cluster, 'paid', 'o-1', { with: { amount: 3 } });
  expect(eventsAfterLast(cluster, 'PUBLISH').slice(0, 12)).toEqual([
    'EVENT MESSAGE PUBLISHED',
    'EVENT MESSAGE_SUBSCRIPTION CORRELATING',
    'COMMAND PROCESS_MESSAGE_SUBSCRIPTION CORRELATE',
    'EVENT MESSAGE EXPIRED',
    'EVENT PROCESS_MESSAGE_SUBSCRIPTION CORRELATED wait',
    'EVENT PROCESS_EVENT TRIGGERING',
    'COMMAND PROCESS_INSTANCE COMPLETE_ELEMENT wait',
    'COMMAND MESSAGE_SUBSCRIPTION CORRELATE',
    'EVENT PROCESS_INSTANCE ELEMENT_COMPLETING wait',
    'EVENT PROCESS_EVENT TRIGGERED',
    'EVENT VARIABLE CREATED',
    'EVENT PROCESS_INSTANCE ELEMENT_COMPLETED wait',
  ]);
  expect(variableOf(cluster, 'amount')).toBe(3);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
  expectNothingLeft(cluster);
});

test('a kept message is taken by who comes later, one that is not kept is not', async () => {
  const cluster = await clusterWith(catching);
  await publish(cluster, 'paid', 'o-1');
  await publish(cluster, 'paid', 'o-1', { timeToLive: 1000, with: { late: true } });
  await cluster.create('p', { order: 'o-1' });
  expect(variableOf(cluster, 'late')).toBe(true);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
});

test('a message that is too old is not taken, and expires', async () => {
  const cluster = await clusterWith(catching);
  await publish(cluster, 'paid', 'o-1', { timeToLive: 1000 });
  cluster.time.advance(1000);
  expect(cluster.events('MESSAGE', 'EXPIRED')).toHaveLength(1);
  await cluster.create('p', { order: 'o-1' });
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).not.toContain('wait');
});

test('a message expires after a restart, and not early when the clock was set back', async () => {
  const cluster = await clusterWith(catching);
  await publish(cluster, 'paid', 'o-1', { timeToLive: 10_000 });
  cluster.restart();
  cluster.time.jump(-3_600_000);
  cluster.time.advance(3_600_000);
  expect(cluster.events('MESSAGE', 'EXPIRED')).toHaveLength(0);
  cluster.time.advance(10_000);
  expect(cluster.events('MESSAGE', 'EXPIRED')).toHaveLength(1);
});

test('the same message id is refused while the first is kept, and taken for another key', async () => {
  const cluster = await clusterWith(catching);
  const once = { messageId: 'dup', timeToLive: 1000 };
  await publish(cluster, 'paid', 'o-1', once);
  expect(await publish(cluster, 'paid', 'o-1', once)).toEqual({
    kind: 'rejected',
    type: 'ALREADY_EXISTS',
    reason:
      "Expected to publish a new message with id 'dup', but a message with that id was already published",
  });
  expect(await publish(cluster, 'paid', 'o-2', once)).toMatchObject({ kind: 'done' });
  cluster.time.advance(1000);
  expect(await publish(cluster, 'paid', 'o-1', once)).toMatchObject({ kind: 'done' });
});

test('a message without a name or with a negative time to live is refused', async () => {
  const cluster = await clusterWith(catching);
  expect(await publish(cluster, '', 'o-1')).toMatchObject({ type: 'INVALID_ARGUMENT' });
  expect(await publish(cluster, 'paid', 'o-1', { timeToLive: -1 })).toMatchObject({
    type: 'INVALID_ARGUMENT',
  });
});

test('of several instances of a process the oldest takes the message, and of each process one', async () => {
  const other = catching.replaceAll('id="p"', 'id="q"');
  const cluster = await clusterWith([catching, other]);
  const first = await cluster.create('p', { order: 'o-1' });
  await cluster.create('p', { order: 'o-1' });
  const third = await cluster.create('q', { order: 'o-1' });
  await publish(cluster, 'paid', 'o-1', { timeToLive: 1000 });
  const completed = cluster.events('PROCESS_INSTANCE', 'ELEMENT_COMPLETED');
  const instances = completed.filter(({ value }) => value.elementId === 'wait');
  expect(instances.map(({ value }) => value.processInstanceKey)).toEqual([first, third]);
});

test('kept messages are taken oldest first, each once per process', async () => {
  const cluster = await clusterWith(catching);
  await publish(cluster, 'paid', 'o-1', { timeToLive: 9000, with: { n: 1 } });
  await publish(cluster, 'paid', 'o-1', { timeToLive: 9000, with: { n: 2 } });
  await cluster.create('p', { order: 'o-1' });
  expect(variableOf(cluster, 'n')).toBe(1);
  await cluster.create('p', { order: 'o-1' });
  expect(variableOf(cluster, 'n')).toBe(2);
  await cluster.create('p', { order: 'o-1' });
  expect(cluster.elementsWith('ELEMENT_COMPLETED').filter((id) => id === 'wait')).toHaveLength(2);
});

test('the number 1 and the text "1" are the same correlation key', async () => {
  const cluster = await clusterWith(catching);
  await cluster.create('p', { order: 1 });
  await publish(cluster, 'paid', '1');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
});

test('a correlation key that is null is an incident, and the corrected one waits when it is resolved', async () => {
  const cluster = await clusterWith(catching);
  const key = await cluster.create('p', {});
  const [incident] = cluster.events('INCIDENT', 'CREATED');
  expect(incident?.value).toMatchObject({ errorType: 'EXTRACT_VALUE_ERROR', elementId: 'wait' });
  expect(cluster.events('PROCESS_MESSAGE_SUBSCRIPTION', 'CREATING')).toHaveLength(0);
  await cluster.request('VARIABLE_DOCUMENT', 'UPDATE', NO_KEY, {
    scopeKey: key,
    variables: documentOf({ order: 'o-1' }, 100),
  });
  if (incident !== undefined) await cluster.request('INCIDENT', 'RESOLVE', incident.key);
  await publish(cluster, 'paid', 'o-1');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
  expectNothingLeft(cluster);
});

test('a canceled instance waits no more, and its message goes to the next', async () => {
  const cluster = await clusterWith(catching);
  const key = await cluster.create('p', { order: 'o-1' });
  await cluster.request('PROCESS_INSTANCE', 'CANCEL', key);
  expectNothingLeft(cluster);
  await publish(cluster, 'paid', 'o-1', { timeToLive: 1000 });
  await cluster.create('p', { order: 'o-1' });
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
});

test('a subscription that was left over from its step until nobody waits any more is not made', async () => {
  const cluster = await clusterWith(catching);
  const instance = await cluster.create('p', { order: 'o-1' });
  const created = cluster.records.find(
    ({ valueType, recordType }) => valueType === 'MESSAGE_SUBSCRIPTION' && recordType === 'COMMAND',
  );
  await cluster.request('PROCESS_INSTANCE', 'CANCEL', instance);
  const late = created?.value as MessageSubscriptionValue;
  const reply = await cluster.request('MESSAGE_SUBSCRIPTION', 'CREATE', NO_KEY, late);
  expect(reply).toMatchObject({ kind: 'rejected', type: 'NOT_FOUND' });
  expectNothingLeft(cluster);
});

test('output mappings choose what of the message goes on', async () => {
  const mapped = withRoots(
    [message('m', 'paid', '= order')],
    'p',
    start(),
    element(
      'receiveTask',
      { id: 'wait', messageRef: 'm' },
      extensions(zeebe('ioMapping', {}, zeebe('output', { source: '= amount + 1', target: 'total' }))),
    ),
    end(),
    chain('start', 'wait', 'end'),
  );
  const cluster = await clusterWith(mapped);
  const instance = await cluster.create('p', { order: 'o-1' });
  await publish(cluster, 'paid', 'o-1', { with: { amount: 3, secret: true } });
  const inProcess = cluster.events('VARIABLE', 'CREATED').filter(({ value }) => value.scopeKey === instance);
  expect(inProcess.map(({ value }) => [value.name, value.value])).toEqual([
    ['order', '"o-1"'],
    ['total', '4'],
  ]);
  expectNothingLeft(cluster);
});

test('a message is thrown by a job, at an intermediate event and at the end', async () => {
  const throwing = withRoots(
    [message('m', 'paid')],
    'p',
    start(),
    element(
      'intermediateThrowEvent',
      { id: 'throw' },
      extensions(zeebe('taskDefinition', { type: 'send' })),
      messageEvent('m'),
    ),
    element(
      'endEvent',
      { id: 'end' },
      extensions(zeebe('taskDefinition', { type: 'sendAtEnd' })),
      messageEvent('m'),
    ),
    chain('start', 'throw', 'end'),
  );
  const cluster = await clusterWith(throwing);
  await cluster.create('p');
  await cluster.complete('send');
  await cluster.complete('sendAtEnd');
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).toEqual(['start', 'throw', 'end', 'p']);
  expectNothingLeft(cluster);
});

test('the next of many kept messages is found without going through those that the process has had', async () => {
  const cluster = await clusterWith(catching);
  const count = 300;
  for (let index = 0; index < count; index += 1) {
    await publish(cluster, 'paid', 'o-1', { timeToLive: 60_000, with: { index } });
  }
  const looked = vi.spyOn(cluster.partition().state.messageCorrelations, 'has');
  for (let index = 0; index < count; index += 1) {
    await cluster.create('p', { order: 'o-1' });
    expect(variableOf(cluster, 'index')).toBe(index);
  }
  expect(looked.mock.calls.length).toBeLessThan(5 * count); // all through each time: 45,000
  cluster.time.advance(60_000);
  expectNothingLeft(cluster);
});
