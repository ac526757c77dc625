import { expect, test } from 'vitest';
import {
  boundary,
  chain,
  element,
  end,
  processFile,
  serviceTask,
  start,
  timer,
} from '../../bpmn/bpmn.testkit.ts';
import type { TestCluster } from '../../stream/cluster.testkit.ts';
import { clusterWith, expectNothingLeft } from '../events.testkit.ts';

const waiting = processFile(
  'p',
  start(),
  element('intermediateCatchEvent', { id: 'wait' }, timer('timeDuration', '= duration')),
  end(),
  chain('start', 'wait', 'end'),
);

const isDone = (cluster: TestCluster): boolean => cluster.elementsWith('ELEMENT_COMPLETED').includes('p');

test('a timer lets its event go on when its time has come, not before', async () => {
  const cluster = await clusterWith(waiting);
  const dueDate = cluster.time.now() + 60_000;
  await cluster.create('p', { duration: 'PT1M' });
  expect(cluster.events('TIMER', 'CREATED')[0]?.value).toMatchObject({
    dueDate,
    targetElementId: 'wait',
    repetitions: 1,
  });
  cluster.time.advance(59_999);
  expect(isDone(cluster)).toBe(false);
  cluster.time.advance(1);
  expect(isDone(cluster)).toBe(true);
  expectNothingLeft(cluster);
});

test('a timer fires after a restart, at once when its time has passed meanwhile', async () => {
  const cluster = await clusterWith(waiting);
  await cluster.create('p', { duration: 'PT1M' });
  cluster.restart('power');
  cluster.time.advance(59_000);
  expect(isDone(cluster)).toBe(false);
  cluster.time.jump(10_000);
  cluster.restart();
  expect(isDone(cluster)).toBe(true);
  expect(cluster.events('TIMER', 'TRIGGERED')).toHaveLength(1);
});

test('a clock that jumps back delays a timer until it is there again, and it fires once', async () => {
  const cluster = await clusterWith(waiting);
  await cluster.create('p', { duration: 'PT1M' });
  cluster.time.advance(30_000);
  cluster.time.jump(-86_400_000);
  cluster.time.advance(86_400_000);
  expect(isDone(cluster)).toBe(false);
  cluster.time.advance(30_000);
  expect(isDone(cluster)).toBe(true);
  cluster.time.jump(-86_400_000);
  cluster.time.advance(2 * 86_400_000);
  expect(cluster.events('TIMER', 'TRIGGERED')).toHaveLength(1);
});

test('a clock that jumps ahead is noticed within a minute', async () => {
  const cluster = await clusterWith(waiting);
  await cluster.create('p', { duration: 'P30D' });
  cluster.time.jump(31 * 86_400_000);
  cluster.time.advance(60_000);
  expect(isDone(cluster)).toBe(true);
});

test('a duration that is none is an incident', async () => {
  const cluster = await clusterWith(waiting);
  await cluster.create('p', { duration: 'soon' });
  expect(cluster.events('INCIDENT', 'CREATED')[0]?.value).toMatchObject({
    errorType: 'EXTRACT_VALUE_ERROR',
    elementId: 'wait',
  });
  expect(cluster.events('TIMER', 'CREATED')).toHaveLength(0);
});

test('many timers that are due at once all fire', async () => {
  const cluster = await clusterWith(waiting);
  for (let count = 0; count < 50; count += 1) await cluster.create('p', { duration: 'PT1M' });
  cluster.time.advance(60_000);
  expect(cluster.events('TIMER', 'TRIGGERED')).toHaveLength(50);
  expectNothingLeft(cluster);
});

const started = (...definition: string[]) =>
  processFile(
    'p',
    element('startEvent', { id: 'start' }, ...definition),
    serviceTask('work'),
    end(),
    chain('start', 'work', 'end'),
  );

test('a timer starts instances as often as its cycle says', async () => {
  const cluster = await clusterWith(started(timer('timeCycle', 'R3/PT10S')));
  cluster.time.advance(9_999);
  expect(cluster.events('JOB', 'CREATED')).toHaveLength(0);
  cluster.time.advance(1);
  expect(cluster.events('JOB', 'CREATED')).toHaveLength(1);
  cluster.restart();
  cluster.time.advance(10_000);
  expect(cluster.events('JOB', 'CREATED')).toHaveLength(2);
  cluster.time.advance(100_000);
  expect(cluster.events('JOB', 'CREATED')).toHaveLength(3);
  expect(cluster.events('TIMER', 'CREATED').map(({ value }) => value.repetitions)).toEqual([3, 2, 1]);
});

test('times that passed while the engine was down are skipped, not caught up', async () => {
  const cluster = await clusterWith(started(timer('timeCycle', 'R/PT10S')));
  cluster.time.jump(105_000);
  cluster.restart();
  expect(cluster.events('JOB', 'CREATED')).toHaveLength(1);
  cluster.time.advance(5_000);
  expect(cluster.events('JOB', 'CREATED')).toHaveLength(2);
});

test('a new version ends the timers of the one before', async () => {
  const cluster = await clusterWith(started(timer('timeCycle', 'R/PT10S')));
  await cluster.deploy(started(timer('timeCycle', 'R/PT1M')));
  expect(cluster.events('TIMER', 'CANCELED')).toHaveLength(1);
  cluster.time.advance(59_000);
  expect(cluster.events('JOB', 'CREATED')).toHaveLength(0);
  cluster.time.advance(1_000);
  expect(cluster.events('JOB', 'CREATED')).toHaveLength(1);
  await cluster.deploy(started());
  cluster.time.advance(600_000);
  expect(cluster.events('JOB', 'CREATED')).toHaveLength(1);
});

test('with several partitions a start timer starts one instance a time', async () => {
  const cluster = await clusterWith(started(timer('timeCycle', 'R2/PT10S')), { partitions: 3 });
  cluster.time.advance(60_000);
  expect(cluster.events('JOB', 'CREATED')).toHaveLength(2);
});

test('a process that starts at a date that has passed starts at once', async () => {
  const cluster = await clusterWith(started(timer('timeDate', '2020-01-01T00:00:00Z')));
  cluster.time.advance(0);
  expect(cluster.events('JOB', 'CREATED')).toHaveLength(1);
});

test('a cycle at a boundary event that does not interrupt fires again and again', async () => {
  const xml = processFile(
    'p',
    start(),
    serviceTask('work'),
    boundary('remind', 'work', timer('timeCycle', 'R2/PT10S'), { cancelActivity: 'false' }),
    end(),
    end('reminded'),
    chain('start', 'work', 'end'),
    chain('remind', 'reminded'),
  );
  const cluster = await clusterWith(xml);
  await cluster.create('p');
  cluster.time.advance(60_000);
  const completed = cluster.elementsWith('ELEMENT_COMPLETED');
  expect(completed.filter((id) => id === 'reminded')).toHaveLength(2);
  await cluster.complete('work');
  expect(isDone(cluster)).toBe(true);
  expectNothingLeft(cluster);
});
