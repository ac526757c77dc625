import { expect, test } from 'vitest';
import { chain, element, end, extensions, serviceTask, start, zeebe } from '../../bpmn/bpmn.testkit.ts';
import { NO_KEY } from '../../protocol/key.ts';
import {
  broadcast,
  clusterWith,
  expectNothingLeft,
  signal,
  signalEvent,
  variableOf,
  withRoots,
} from '../events.testkit.ts';

const catching = withRoots(
  [signal('s', 'alarm')],
  'catching',
  start(),
  element('intermediateCatchEvent', { id: 'wait' }, signalEvent('s')),
  end(),
  chain('start', 'wait', 'end'),
);
const started = withRoots(
  [signal('s', 'alarm')],
  'started',
  element('startEvent', { id: 'start' }, signalEvent('s')),
  serviceTask('work'),
  end(),
  chain('start', 'work', 'end'),
);

test('a signal reaches everyone who waits for it, and nobody who comes later', async () => {
  const cluster = await clusterWith(catching);
  await cluster.create('catching');
  await cluster.create('catching');
  await broadcast(cluster, 'other');
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).not.toContain('wait');
  await broadcast(cluster, 'alarm', { level: 3 });
  expect(cluster.elementsWith('ELEMENT_COMPLETED').filter((id) => id === 'catching')).toHaveLength(2);
  expect(variableOf(cluster, 'level')).toBe(3);
  expectNothingLeft(cluster);
  await cluster.create('catching');
  expect(cluster.elementsWith('ELEMENT_ACTIVATED').at(-1)).toBe('wait');
});

test('a signal starts an instance of the newest version alone', async () => {
  const cluster = await clusterWith(started);
  await cluster.deploy(started.replace('type="work"', 'type="newer"'));
  await broadcast(cluster, 'alarm', { level: 3 });
  expect(cluster.events('JOB', 'CREATED').map(({ value }) => value.type)).toEqual(['newer']);
  expect(variableOf(cluster, 'level')).toBe(3);
});

test('a signal reaches all partitions and starts one instance, wherever it was broadcast', async () => {
  for (const from of [1, 2, 3]) {
    const cluster = await clusterWith([catching, started], { partitions: 3 });
    for (const id of [1, 2, 3]) await cluster.create('catching', {}, id);
    await broadcast(cluster, 'alarm', {}, from);
    expect(cluster.elementsWith('ELEMENT_COMPLETED').filter((id) => id === 'catching')).toHaveLength(3);
    expect(cluster.events('JOB', 'CREATED').map(({ partitionId }) => partitionId)).toEqual([from]);
  }
});

test('a signal that was lost on its way is sent again, one that came twice is heeded once', async () => {
  let lose = 0;
  const carry = (deliver: () => void): void => {
    if (lose > 0) lose -= 1;
    else {
      deliver();
      deliver();
    }
  };
  const cluster = await clusterWith(catching, { partitions: 3, carry });
  for (const id of [2, 3]) await cluster.create('catching', {}, id);
  lose = 3; // both signals, and one answer
  await broadcast(cluster, 'alarm');
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).not.toContain('catching');
  cluster.time.advance(20_000);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').filter((id) => id === 'catching')).toHaveLength(2);
  for (const id of [2, 3]) await cluster.create('catching', {}, id);
  cluster.restart();
  cluster.time.advance(60_000);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').filter((id) => id === 'catching')).toHaveLength(2);
  expect(cluster.partition(1).state.distributions.size).toBe(0);
});

test('what was received of other partitions is not kept for ever', async () => {
  const cluster = await clusterWith(catching, { partitions: 3 });
  for (let count = 0; count < 20; count += 1) await broadcast(cluster, 'alarm');
  for (const { state } of cluster.partitions) expect(state.receivedSignals.of(1).size).toBeLessThan(3);
});

test('a signal is thrown on the way and at the end, with the variables that the event has', async () => {
  const throwing = withRoots(
    [signal('s', 'alarm')],
    'throwing',
    start(),
    element(
      'intermediateThrowEvent',
      { id: 'throw' },
      extensions(zeebe('ioMapping', {}, zeebe('input', { source: '= x + 1', target: 'level' }))),
      signalEvent('s'),
    ),
    element('endEvent', { id: 'end' }, signalEvent('s')),
    chain('start', 'throw', 'end'),
  );
  const cluster = await clusterWith([catching, throwing]);
  await cluster.create('catching');
  await cluster.create('throwing', { x: 1 });
  expect(cluster.events('SIGNAL', 'BROADCASTED').map(({ value }) => value.variables)).toEqual([
    '{"level":2}',
    '{}',
  ]);
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).toContain('catching');
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).toContain('throwing');
  expectNothingLeft(cluster);
});

test('a signal without a name is refused', async () => {
  const cluster = await clusterWith(catching);
  expect(await broadcast(cluster, '')).toMatchObject({ type: 'INVALID_ARGUMENT' });
});

test('a signal for many is delivered in portions, and to those alone who waited when it was broadcast', async () => {
  const cluster = await clusterWith([catching, started], {
    limits: { batchBytesMax: 60_000, commandsPerStepMax: 10 },
  });
  for (let count = 0; count < 320; count += 1) await cluster.create('catching');
  await cluster.atOnce(async () => {
    await broadcast(cluster, 'alarm', { text: 'x'.repeat(100) });
    await cluster.request('PROCESS_INSTANCE_CREATION', 'CREATE', NO_KEY, { bpmnProcessId: 'catching' });
  });
  expect(cluster.elementsWith('ELEMENT_COMPLETED').filter((id) => id === 'catching')).toHaveLength(320);
  expect(cluster.events('JOB', 'CREATED')).toHaveLength(1);
  expect(cluster.events('INCIDENT', 'CREATED')).toHaveLength(0);
  expect(cluster.partition().state.signalSubscriptions.of('alarm').size).toBe(2);
});
