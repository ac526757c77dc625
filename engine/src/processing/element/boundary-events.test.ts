import { expect, test } from 'vitest';
import {
  boundary,
  chain,
  element,
  end,
  extensions,
  message,
  messageEvent,
  serviceTask,
  start,
  timer,
  zeebe,
} from '../../bpmn/bpmn.testkit.ts';
import { documentOf } from '../../protocol/document.ts';
import { NO_KEY } from '../../protocol/key.ts';
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

const roots = [message('m', 'stop', '= order'), message('n', 'note', '= order'), signal('s', 'alarm')];

/** A task with an interrupting message, timer and signal, and a message that does not interrupt. */
const attached = withRoots(
  roots,
  'p',
  start(),
  serviceTask('work'),
  boundary('stopped', 'work', messageEvent('m')),
  boundary('late', 'work', timer('timeDuration', 'PT1M')),
  boundary('alarmed', 'work', signalEvent('s')),
  boundary('noted', 'work', messageEvent('n'), { cancelActivity: 'false' }),
  end(),
  ...['stopped', 'late', 'alarmed', 'noted'].map((id) => end(`${id}End`)),
  chain('start', 'work', 'end'),
  ...['stopped', 'late', 'alarmed', 'noted'].map((id) => chain(id, `${id}End`)),
);

test('a message at a boundary event ends the activity and goes on there', async () => {
  const cluster = await clusterWith(attached);
  await cluster.create('p', { order: 'o-1' });
  await publish(cluster, 'stop', 'o-1', { with: { why: 'canceled' } });
  expect(cluster.elementsWith('ELEMENT_TERMINATED')).toEqual(['work']);
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).toEqual(['start', 'stopped', 'stoppedEnd', 'p']);
  expect(cluster.events('JOB', 'CANCELED')).toHaveLength(1);
  expect(variableOf(cluster, 'why')).toBe('canceled');
  expectNothingLeft(cluster);
});

test('a timer at a boundary event ends the activity and goes on there', async () => {
  const cluster = await clusterWith(attached);
  await cluster.create('p', { order: 'o-1' });
  cluster.restart();
  cluster.time.advance(60_000);
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).toEqual(['start', 'late', 'lateEnd', 'p']);
  expectNothingLeft(cluster);
});

test('a signal at a boundary event ends the activity and goes on there', async () => {
  const cluster = await clusterWith(attached);
  await cluster.create('p', { order: 'o-1' });
  await broadcast(cluster, 'alarm', { level: 3 });
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).toEqual(['start', 'alarmed', 'alarmedEnd', 'p']);
  expect(variableOf(cluster, 'level')).toBe(3);
  expectNothingLeft(cluster);
});

test('an event that does not interrupt goes on beside the activity, as often as it happens', async () => {
  const cluster = await clusterWith(attached);
  await cluster.create('p', { order: 'o-1' });
  await publish(cluster, 'note', 'o-1', { with: { n: 1 } });
  await publish(cluster, 'note', 'o-1', { with: { n: 2 } });
  expect(cluster.elementsWith('ELEMENT_COMPLETED').filter((id) => id === 'notedEnd')).toHaveLength(2);
  await cluster.complete('work');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-3)).toEqual(['work', 'end', 'p']);
  expectNothingLeft(cluster);
});

test('kept messages come to an event that does not interrupt one after the other', async () => {
  const cluster = await clusterWith(attached);
  for (const n of [1, 2, 3]) await publish(cluster, 'note', 'o-1', { timeToLive: 1000, with: { n } });
  await cluster.create('p', { order: 'o-1' });
  const noted = cluster.events('PROCESS_MESSAGE_SUBSCRIPTION', 'CORRELATED');
  expect(noted.map(({ value }) => value.variables)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
});

test('an activity that completes closes what it waits for', async () => {
  const cluster = await clusterWith(attached);
  await cluster.create('p', { order: 'o-1' });
  await cluster.complete('work');
  expectNothingLeft(cluster);
  await publish(cluster, 'stop', 'o-1');
  await broadcast(cluster, 'alarm');
  cluster.time.advance(60_000);
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).toEqual(['start', 'work', 'end', 'p']);
});

test('the job comes after the subscriptions, and not at all when one of them fails', async () => {
  const cluster = await clusterWith(attached);
  const key = await cluster.create('p', {});
  expect(cluster.events('JOB', 'CREATED')).toHaveLength(0);
  expect(cluster.events('TIMER', 'CREATED')).toHaveLength(0);
  const [incident] = cluster.events('INCIDENT', 'CREATED');
  expect(incident?.value.elementId).toBe('work');
  await cluster.request('VARIABLE_DOCUMENT', 'UPDATE', NO_KEY, {
    scopeKey: key,
    variables: documentOf({ order: 'o-1' }, 100),
  });
  if (incident !== undefined) await cluster.request('INCIDENT', 'RESOLVE', incident.key);
  const kinds = ['PROCESS_MESSAGE_SUBSCRIPTION', 'TIMER', 'SIGNAL_SUBSCRIPTION', 'JOB'];
  const order = cluster.records.filter(
    ({ recordType, valueType, intent }) =>
      recordType === 'EVENT' && kinds.includes(valueType) && /^CREAT(ED|ING)$/.test(intent),
  );
  expect(order.slice(0, 5).map(({ valueType, intent }) => `${valueType} ${intent}`)).toEqual([
    'PROCESS_MESSAGE_SUBSCRIPTION CREATING',
    'PROCESS_MESSAGE_SUBSCRIPTION CREATING',
    'TIMER CREATED',
    'SIGNAL_SUBSCRIPTION CREATED',
    'JOB CREATED',
  ]);
  await cluster.complete('work');
  expectNothingLeft(cluster);
});

test('a sub-process is ended with all inside it, and output mappings of the event are heeded', async () => {
  const xml = withRoots(
    roots,
    'p',
    start(),
    element(
      'subProcess',
      { id: 'sub' },
      start('inner'),
      element('parallelGateway', { id: 'fork' }),
      serviceTask('a'),
      serviceTask('b'),
      element('intermediateCatchEvent', { id: 'wait' }, messageEvent('n')),
      end('innerEnd'),
      chain('inner', 'fork', 'a', 'innerEnd'),
      chain('fork', 'b', 'innerEnd'),
      chain('fork', 'wait', 'innerEnd'),
    ),
    element(
      'boundaryEvent',
      { id: 'stopped', attachedToRef: 'sub' },
      extensions(zeebe('ioMapping', {}, zeebe('output', { source: '= why', target: 'reason' }))),
      messageEvent('m'),
    ),
    end(),
    serviceTask('undo'),
    end('undone'),
    chain('start', 'sub', 'end'),
    chain('stopped', 'undo', 'undone'),
  );
  const cluster = await clusterWith(xml);
  await cluster.create('p', { order: 'o-1' });
  await publish(cluster, 'stop', 'o-1', { with: { why: 'late', other: 1 } });
  expect(cluster.elementsWith('ELEMENT_TERMINATED').toSorted()).toEqual(['a', 'b', 'sub', 'wait']);
  const [job] = await cluster.activate('undo');
  expect(cluster.partition().state.jobs.size).toBe(1);
  expect(variableOf(cluster, 'reason')).toBe('late');
  if (job !== undefined) await cluster.request('JOB', 'COMPLETE', job);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
  expectNothingLeft(cluster);
});

test('two events that turn out to wait for the same message are an incident', async () => {
  const xml = withRoots(
    [message('m', '= name', '= 1'), message('n', '= other', '= 1')],
    'p',
    start(),
    serviceTask('work'),
    boundary('one', 'work', messageEvent('m')),
    boundary('two', 'work', messageEvent('n')),
    end(),
    chain('start', 'work', 'end'),
    chain('one', 'end'),
    chain('two', 'end'),
  );
  const cluster = await clusterWith(xml);
  await cluster.create('p', { name: 'x', other: 'x' });
  expect(cluster.events('INCIDENT', 'CREATED')[0]?.value.errorMessage).toMatch(/'two' waits for 'x'/);
});
