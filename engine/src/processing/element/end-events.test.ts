import { expect, test } from 'vitest';
import {
  boundary,
  chain,
  element,
  end,
  extensions,
  serviceTask,
  start,
  type Xml,
  zeebe,
} from '../../bpmn/bpmn.testkit.ts';
import { NO_KEY } from '../../protocol/key.ts';
import { clusterWith, expectNothingLeft, variableOf, withRoots } from '../events.testkit.ts';

const error = element('error', { id: 'broken', errorCode: 'E1' });
const errorEvent = element('errorEventDefinition', { errorRef: 'broken' });
const terminateEvent = element('terminateEventDefinition', {});

function subProcess(id: string, ...content: readonly Xml[]): Xml {
  return element('subProcess', { id }, ...content);
}

test('an error end event ends its scope and goes on at the boundary event for its code', async () => {
  const why = extensions(zeebe('ioMapping', {}, zeebe('input', { source: '= "late"', target: 'why' })));
  const cluster = await clusterWith(
    withRoots(
      [error],
      'p',
      start(),
      subProcess(
        'sub',
        start('inner'),
        element('parallelGateway', { id: 'fork' }),
        serviceTask('work'),
        end('innerEnd'),
        element('endEvent', { id: 'failed' }, why, errorEvent),
        chain('inner', 'fork', 'work', 'innerEnd'),
        chain('fork', 'failed'),
      ),
      boundary('caught', 'sub', errorEvent),
      end(),
      end('repaired'),
      chain('start', 'sub', 'end'),
      chain('caught', 'repaired'),
    ),
  );
  await cluster.create('p');
  expect(cluster.elementsWith('ELEMENT_TERMINATED')).toEqual(['work', 'failed', 'sub']);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-3)).toEqual(['caught', 'repaired', 'p']);
  expect(variableOf(cluster, 'why')).toBe('late');
  expectNothingLeft(cluster);
});

test('an error that nothing catches is an incident at the error end event', async () => {
  const cluster = await clusterWith(
    withRoots([error], 'p', start(), element('endEvent', { id: 'e' }, errorEvent), chain('start', 'e')),
  );
  const key = await cluster.create('p');
  const [incident] = cluster.events('INCIDENT', 'CREATED');
  expect(incident?.value).toMatchObject({ errorType: 'UNHANDLED_ERROR_EVENT', elementId: 'e' });
  await cluster.request('INCIDENT', 'RESOLVE', incident?.key ?? NO_KEY);
  expect(cluster.events('INCIDENT', 'CREATED')).toHaveLength(2);
  await cluster.request('PROCESS_INSTANCE', 'CANCEL', key);
  expectNothingLeft(cluster);
});

test('an error end event starts the event sub-process of its scope', async () => {
  const cluster = await clusterWith(
    withRoots(
      [error],
      'p',
      start(),
      element('endEvent', { id: 'failed' }, errorEvent),
      element(
        'subProcess',
        { id: 'handler', triggeredByEvent: 'true' },
        element('startEvent', { id: 'onError' }, errorEvent),
        serviceTask('repair'),
        end('handled'),
        chain('onError', 'repair', 'handled'),
      ),
      chain('start', 'failed'),
    ),
  );
  await cluster.create('p');
  expect(cluster.elementsWith('ELEMENT_TERMINATED')).toEqual(['failed']);
  await cluster.complete('repair');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-3)).toEqual(['handled', 'handler', 'p']);
  expectNothingLeft(cluster);
});

const terminating = withRoots(
  [],
  'p',
  start(),
  element('parallelGateway', { id: 'fork' }),
  subProcess(
    'sub',
    start('inner'),
    element('parallelGateway', { id: 'both' }),
    serviceTask('a'),
    serviceTask('b'),
    element('parallelGateway', { id: 'join' }),
    element('endEvent', { id: 'stop' }, terminateEvent),
    end('innerEnd'),
    chain('inner', 'both', 'a', 'stop'),
    chain('both', 'b', 'join', 'innerEnd'),
    chain('both', 'join'),
  ),
  serviceTask('beside'),
  end(),
  end('other'),
  chain('start', 'fork', 'sub', 'end'),
  chain('fork', 'beside', 'other'),
);

test('a terminate end event ends all else in its scope, which completes; what is outside goes on', async () => {
  const cluster = await clusterWith(terminating);
  await cluster.create('p');
  await cluster.complete('a');
  expect(cluster.elementsWith('ELEMENT_TERMINATED')).toEqual(['b']);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-3)).toEqual(['stop', 'sub', 'end']);
  expect(cluster.events('JOB', 'CANCELED').map(({ value }) => value.type)).toEqual(['b']);
  await cluster.complete('beside');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
  expectNothingLeft(cluster);
});

test('what was about to begin or complete when a terminate end event is reached does not', async () => {
  const cluster = await clusterWith(terminating, { limits: { commandsPerStepMax: 1, chainLengthMax: 40 } });
  await cluster.create('p');
  const [a = NO_KEY] = await cluster.activate('a');
  const [b = NO_KEY] = await cluster.activate('b');
  await cluster.atOnce(async () => {
    await cluster.request('JOB', 'COMPLETE', a);
    await cluster.request('JOB', 'COMPLETE', b);
  });
  await cluster.complete('beside');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
  expect(cluster.elementsWith('ELEMENT_ACTIVATED').filter((id) => id === 'innerEnd')).toEqual([]);
  expectNothingLeft(cluster);
});
