import { expect, test } from 'vitest';
import {
  boundary,
  chain,
  element,
  end,
  flow,
  processFile,
  serviceTask,
  start,
  type Xml,
} from '../../bpmn/bpmn.testkit.ts';
import { NO_KEY } from '../../protocol/key.ts';
import type { TestCluster } from '../../stream/cluster.testkit.ts';
import { clusterWith, expectNothingLeft } from '../events.testkit.ts';

const gateway = (id: string, defaultFlow?: string): Xml =>
  element('inclusiveGateway', { id, default: defaultFlow });

const choice = processFile(
  'p',
  start(),
  gateway('fork', 'fork-c'),
  serviceTask('a'),
  serviceTask('b'),
  serviceTask('c'),
  gateway('join'),
  end(),
  chain('start', 'fork'),
  flow('fork', 'a', '= x > 0'),
  flow('fork', 'b', '= x > 1'),
  chain('fork', 'c', 'join', 'end'),
  chain('a', 'join'),
  chain('b', 'join'),
);

test('takes every flow whose condition holds and joins when all of those have come', async () => {
  const cluster = await clusterWith(choice);
  await cluster.create('p', { x: 2 });
  expect(cluster.events('JOB', 'CREATED').map(({ value }) => value.type)).toEqual(['a', 'b']);
  await cluster.complete('b');
  expect(cluster.elementsWith('ELEMENT_ACTIVATED')).not.toContain('join');
  await cluster.complete('a');
  expect(cluster.elementsWith('ELEMENT_ACTIVATED').filter((id) => id === 'join')).toHaveLength(1);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-3)).toEqual(['join', 'end', 'p']);
  expectNothingLeft(cluster);
});

test('one flow that was taken alone is joined at once', async () => {
  const cluster = await clusterWith(choice);
  await cluster.create('p', { x: 1 });
  await cluster.complete('a');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
  expectNothingLeft(cluster);
});

test('takes the default flow when no condition holds', async () => {
  const cluster = await clusterWith(choice);
  await cluster.create('p', { x: 0 });
  expect(cluster.events('JOB', 'CREATED').map(({ value }) => value.type)).toEqual(['c']);
});

test('without a condition that holds and a default flow it is an incident', async () => {
  const cluster = await clusterWith(
    processFile(
      'p',
      start(),
      gateway('fork'),
      serviceTask('a'),
      serviceTask('b'),
      end(),
      end('other'),
      chain('start', 'fork'),
      flow('fork', 'a', '= x > 0'),
      flow('fork', 'b', '= x > 1'),
      chain('a', 'end'),
      chain('b', 'other'),
    ),
  );
  const key = await cluster.create('p', { x: 0 });
  const [incident] = cluster.events('INCIDENT', 'CREATED');
  expect(incident?.value).toMatchObject({ errorType: 'CONDITION_ERROR', elementId: 'fork' });
  await cluster.request('VARIABLE_DOCUMENT', 'UPDATE', NO_KEY, {
    scopeKey: key,
    variables: '{"x":1}' as never,
  });
  await cluster.request('INCIDENT', 'RESOLVE', incident?.key ?? NO_KEY);
  await cluster.complete('a');
  expectNothingLeft(cluster);
});

test('joins when the path that it waited for ends elsewhere or is terminated', async () => {
  const cluster = await clusterWith(
    processFile(
      'p',
      start(),
      element('parallelGateway', { id: 'fork' }),
      serviceTask('a'),
      serviceTask('b'),
      boundary('failed', 'b', element('errorEventDefinition', {})),
      gateway('join'),
      serviceTask('after'),
      end(),
      end('lost'),
      chain('start', 'fork', 'a', 'join', 'after', 'end'),
      chain('fork', 'b', 'join'),
      chain('failed', 'lost'),
    ),
  );
  await cluster.create('p');
  await cluster.complete('a');
  expect(cluster.elementsWith('ELEMENT_ACTIVATED')).not.toContain('join');
  const [b = NO_KEY] = await cluster.activate('b');
  await cluster.request('JOB', 'THROW_ERROR', b, { errorCode: 'x' });
  expect(cluster.elementsWith('ELEMENT_ACTIVATED')).toContain('join');
  await cluster.complete('after');
  expectNothingLeft(cluster);
});

test('a token in a loop behind the gateway makes it wait, and passes it again', async () => {
  const cluster = await clusterWith(
    processFile(
      'p',
      start(),
      gateway('join'),
      serviceTask('work'),
      element('exclusiveGateway', { id: 'again', default: 'again-end' }),
      end(),
      chain('start', 'join', 'work', 'again', 'end'),
      flow('again', 'join', '= again'),
    ),
  );
  await cluster.create('p');
  await cluster.complete('work', { again: true });
  await cluster.complete('work', { again: false });
  expect(cluster.elementsWith('ELEMENT_COMPLETED').filter((id) => id === 'join')).toHaveLength(2);
  expectNothingLeft(cluster);
});

test('of two joins that wait for each other alone, the first goes on', async () => {
  const cluster = await clusterWith(
    processFile(
      'p',
      start(),
      element('parallelGateway', { id: 'fork' }),
      gateway('left'),
      element('exclusiveGateway', { id: 'leftOut', default: 'leftOut-right' }),
      gateway('right'),
      element('exclusiveGateway', { id: 'rightOut', default: 'rightOut-left' }),
      end('leftEnd'),
      end('rightEnd'),
      chain('start', 'fork', 'left', 'leftOut', 'right', 'rightOut', 'left'),
      chain('fork', 'right'),
      flow('leftOut', 'leftEnd', '= x = 1'),
      flow('rightOut', 'rightEnd', '= true'),
    ),
  );
  await cluster.create('p', { x: 0 });
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-3)).toEqual(['rightOut', 'rightEnd', 'p']);
  expect(cluster.elementsWith('ELEMENT_ACTIVATED').filter((id) => id === 'right')).toHaveLength(1);
  expectNothingLeft(cluster);
});

test('joins when the token that it waited for is taken away', async () => {
  const cluster = await clusterWith(choice);
  const key = await cluster.create('p', { x: 2 });
  await cluster.complete('a');
  const { elements } = cluster.partition().state;
  const [b] = [...elements.entries()].find(([, { value }]) => value.elementId === 'b') ?? [NO_KEY];
  await cluster.request('PROCESS_INSTANCE_MODIFICATION', 'MODIFY', key, {
    processInstanceKey: key,
    terminateInstructions: [{ elementInstanceKey: b }],
  });
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-3)).toEqual(['join', 'end', 'p']);
  expectNothingLeft(cluster);
});

/** a and b are merged in front of the join, c comes to it by itself or ends. */
const merging = processFile(
  'p',
  start(),
  element('parallelGateway', { id: 'fork' }),
  serviceTask('a'),
  serviceTask('b'),
  serviceTask('c'),
  element('exclusiveGateway', { id: 'merge' }),
  element('exclusiveGateway', { id: 'which', default: 'which-join' }),
  gateway('join'),
  serviceTask('after'),
  end(),
  end('lost'),
  chain('start', 'fork', 'a', 'merge', 'join', 'after', 'end'),
  chain('fork', 'b', 'merge'),
  chain('fork', 'c', 'which', 'join'),
  flow('which', 'lost', '= isLost'),
  flow('which', 'merge', '= isMerged'),
);

const joined = (cluster: TestCluster) =>
  cluster.elementsWith('ELEMENT_ACTIVATED').filter((id) => id === 'join').length;

test('a token that can only come by a flow on which one waits is not waited for', async () => {
  const cluster = await clusterWith(merging);
  await cluster.create('p', { isLost: true, isMerged: false });
  await cluster.complete('a');
  expect(joined(cluster)).toBe(0); // c may come by its own flow
  await cluster.complete('c');
  expect(joined(cluster)).toBe(1); // b can come only where a has come
  await cluster.complete('b');
  expect(joined(cluster)).toBe(2);
  for (const _ of [1, 2]) await cluster.complete('after');
  expectNothingLeft(cluster);
});

test('a join goes on as soon as a token waits on each of its flows, whatever may still come', async () => {
  const cluster = await clusterWith(merging);
  await cluster.create('p', { isLost: false, isMerged: false });
  await cluster.complete('a');
  await cluster.complete('c');
  expect(joined(cluster)).toBe(1);
  await cluster.complete('b');
  expect(joined(cluster)).toBe(2);
  for (const _ of [1, 2]) await cluster.complete('after');
  expectNothingLeft(cluster);
});

test('a token that may come by a flow on which none waits is waited for, though it may come by another', async () => {
  const cluster = await clusterWith(merging);
  await cluster.create('p', { isLost: false, isMerged: true });
  await cluster.complete('a');
  await cluster.complete('b');
  expect(joined(cluster)).toBe(0);
  await cluster.complete('c'); // comes by the merge, where two wait
  expect(joined(cluster)).toBe(3);
  for (const _ of [1, 2, 3]) await cluster.complete('after');
  expectNothingLeft(cluster);
});
