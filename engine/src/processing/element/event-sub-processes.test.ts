import { expect, test } from 'vitest';
import {
  boundary,
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
import { NO_KEY } from '../../protocol/key.ts';
import type { TestCluster } from '../../stream/cluster.testkit.ts';
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

const roots = [
  message('m', 'stop', '= order'),
  signal('s', 'alarm'),
  element('error', { id: 'e', errorCode: 'broken' }),
];

const withHandler = (handler: Xml): Xml =>
  withRoots(
    roots,
    'p',
    start(),
    element('parallelGateway', { id: 'fork' }),
    serviceTask('a'),
    serviceTask('b'),
    end(),
    chain('start', 'fork', 'a', 'end'),
    chain('fork', 'b', 'end'),
    handler,
  );

test('a message interrupts the process: all else ends, then the event sub-process runs, then the process ends', async () => {
  const cluster = await clusterWith(withHandler(eventSubProcess('h', messageEvent('m'))));
  await cluster.create('p', { order: 'o-1' });
  await publish(cluster, 'stop', 'o-1', { with: { why: 'canceled' } });
  expect(cluster.elementsWith('ELEMENT_TERMINATED')).toEqual(['a', 'b']);
  expect(cluster.elementsWith('ELEMENT_ACTIVATED').slice(-3)).toEqual(['h', 'hStart', 'hTask']);
  expect(variableOf(cluster, 'why')).toBe('canceled');
  cluster.restart();
  await cluster.complete('hTask');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-3)).toEqual(['hEnd', 'h', 'p']);
  expectNothingLeft(cluster);
});

test('a timer and a signal interrupt too', async () => {
  const late = await clusterWith(withHandler(eventSubProcess('h', timer('timeDuration', 'PT1M'))));
  await late.create('p', { order: 'o-1' });
  late.time.advance(60_000);
  const alarmed = await clusterWith(withHandler(eventSubProcess('h', signalEvent('s'))));
  await alarmed.create('p', { order: 'o-1' });
  await broadcast(alarmed, 'alarm');
  for (const cluster of [late, alarmed]) {
    expect(cluster.elementsWith('ELEMENT_TERMINATED')).toEqual(['a', 'b']);
    await cluster.complete('hTask');
    expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
    expectNothingLeft(cluster);
  }
});

test('an event sub-process that does not interrupt runs beside, as often as its event happens', async () => {
  const cluster = await clusterWith(withHandler(eventSubProcess('h', messageEvent('m'), false)));
  await cluster.create('p', { order: 'o-1' });
  await publish(cluster, 'stop', 'o-1', { with: { n: 1 } });
  await publish(cluster, 'stop', 'o-1', { with: { n: 2 } });
  await cluster.complete('a');
  await cluster.complete('b');
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).not.toContain('p');
  await cluster.complete('hTask');
  await cluster.complete('hTask');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
  expectNothingLeft(cluster);
});

test('a process that ends closes what its event sub-processes wait for', async () => {
  const cluster = await clusterWith(withHandler(eventSubProcess('h', messageEvent('m'))));
  const key = await cluster.create('p', { order: 'o-1' });
  await cluster.complete('a');
  await cluster.complete('b');
  expectNothingLeft(cluster);
  const other = await cluster.create('p', { order: 'o-1' });
  await cluster.request('PROCESS_INSTANCE', 'CANCEL', other);
  expectNothingLeft(cluster);
  expect(key).not.toBe(other);
});

test('an error goes to the event sub-process of its scope before the boundary event of the scope', async () => {
  const handler = eventSubProcess('h', element('errorEventDefinition', { errorRef: 'e' }));
  const xml = withRoots(
    roots,
    'p',
    start(),
    element(
      'subProcess',
      { id: 'sub' },
      start('inner'),
      serviceTask('a'),
      end('innerEnd'),
      chain('inner', 'a', 'innerEnd'),
      handler,
    ),
    boundary('failed', 'sub', element('errorEventDefinition', {})),
    end(),
    end('failedEnd'),
    chain('start', 'sub', 'end'),
    chain('failed', 'failedEnd'),
  );
  const cluster = await clusterWith(xml);
  await cluster.create('p');
  const [job = NO_KEY] = await cluster.activate('a');
  await cluster.request('JOB', 'THROW_ERROR', job, { errorCode: 'broken' });
  const [second = NO_KEY] = await cluster.activate('hTask');
  expect(second).not.toBe(NO_KEY);
  // The scope was interrupted: the same error inside the handler goes to the boundary event.
  await cluster.request('JOB', 'THROW_ERROR', second, { errorCode: 'broken' });
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-3)).toEqual(['failed', 'failedEnd', 'p']);
  expectNothingLeft(cluster);
});

test('the boundary event of a sub-process still happens while its event sub-process runs', async () => {
  const xml = withRoots(
    [...roots, message('n', 'abort', '= order')],
    'p',
    start(),
    element(
      'subProcess',
      { id: 'sub' },
      start('inner'),
      serviceTask('a'),
      end('innerEnd'),
      chain('inner', 'a', 'innerEnd'),
      eventSubProcess('h', messageEvent('m')),
    ),
    boundary('aborted', 'sub', messageEvent('n')),
    end(),
    chain('start', 'sub', 'end'),
    chain('aborted', 'end'),
  );
  const cluster = await clusterWith(xml);
  await cluster.create('p', { order: 'o-1' });
  await publish(cluster, 'stop', 'o-1');
  expect(cluster.elementsWith('ELEMENT_ACTIVATED').at(-1)).toBe('hTask');
  await publish(cluster, 'abort', 'o-1');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-3)).toEqual(['aborted', 'end', 'p']);
  expectNothingLeft(cluster);
});

test('tokens that wait at a join end with the interruption', async () => {
  const xml = withRoots(
    roots,
    'p',
    start(),
    element('parallelGateway', { id: 'fork' }),
    serviceTask('a'),
    serviceTask('b'),
    element('parallelGateway', { id: 'join' }),
    end(),
    chain('start', 'fork', 'a', 'join', 'end'),
    chain('fork', 'b', 'join'),
    eventSubProcess('h', messageEvent('m')),
  );
  const cluster = await clusterWith(xml);
  await cluster.create('p', { order: 'o-1' });
  await cluster.complete('a');
  await publish(cluster, 'stop', 'o-1');
  await cluster.complete('hTask');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-2)).toEqual(['h', 'p']);
  expectNothingLeft(cluster);
});

/** Elements that became active in an instance after its event sub-process did, and are not inside that. */
function activatedBesides(cluster: TestCluster): string[] {
  const interrupted = new Set<bigint>();
  return cluster.events('PROCESS_INSTANCE', 'ELEMENT_ACTIVATED').flatMap(({ value }) => {
    if (value.elementId === 'h') interrupted.add(value.processInstanceKey);
    const isInside = value.elementId.startsWith('h');
    return !isInside && interrupted.has(value.processInstanceKey) ? [value.elementId] : [];
  });
}

test('nothing goes on beside an interruption, whatever a step holds and whichever comes first', async () => {
  const xml = withHandler(eventSubProcess('h', signalEvent('s')));
  for (const before of [0, 1, 2, 3, 4, 5, 6]) {
    for (const commandsPerStepMax of [1, 2, 3, 4, 5]) {
      const cluster = await clusterWith(xml, { limits: { commandsPerStepMax } });
      for (let count = 0; count < 6; count += 1) await cluster.create('p', { order: 'o-1' });
      const jobs = [...(await cluster.activate('a')), ...(await cluster.activate('b'))];
      await cluster.atOnce(async () => {
        for (const job of jobs.slice(0, before)) await cluster.request('JOB', 'COMPLETE', job);
        await broadcast(cluster, 'alarm');
        for (const job of jobs.slice(before)) await cluster.request('JOB', 'COMPLETE', job);
      });
      expect(activatedBesides(cluster)).toEqual([]);
      const open = [...cluster.partition().state.elements.entries()];
      const ids = open.map(([, { value }]) => value.elementId).filter((id) => id !== 'h' && id !== 'hTask');
      expect([before, commandsPerStepMax, new Set(ids)]).toEqual([
        before,
        commandsPerStepMax,
        new Set(['p']),
      ]);
      for (let count = 0; count < ids.length; count += 1) await cluster.complete('hTask');
      expect(cluster.elementsWith('ELEMENT_COMPLETED').filter((id) => id === 'p')).toHaveLength(6);
      expectNothingLeft(cluster);
    }
  }
});
