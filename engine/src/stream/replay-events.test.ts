import fc from 'fast-check';
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
} from '../bpmn/bpmn.testkit.ts';
import { broadcast, publish, signal, signalEvent, withRoots } from '../processing/events.testkit.ts';
import { documentOf } from '../protocol/document.ts';
import { type Key, NO_KEY } from '../protocol/key.ts';
import { TestCluster } from './cluster.testkit.ts';
import { expectNothingStuck, expectSameAfterRestarts, type RandomWork } from './replay.testkit.ts';

const roots = [message('m', 'message', '= x'), message('n', 'note', '= x'), signal('s', 'signal')];
const catchEvent = (id: string, definition: Xml): Xml =>
  element('intermediateCatchEvent', { id }, definition);

/** Everything that waits for something from outside, alone and around each other. */
const processes = [
  withRoots(
    roots,
    'race',
    start(),
    element('eventBasedGateway', { id: 'what' }),
    catchEvent('first', messageEvent('m')),
    catchEvent('second', timer('timeDuration', 'PT1S')),
    catchEvent('third', signalEvent('s')),
    end(),
    chain('start', 'what', 'first', 'end'),
    chain('what', 'second', 'end'),
    chain('what', 'third', 'end'),
  ),
  withRoots(
    roots,
    'attached',
    start(),
    serviceTask('work', 'a'),
    boundary('stopped', 'work', messageEvent('m')),
    boundary('noted', 'work', messageEvent('n'), { cancelActivity: 'false' }),
    boundary('reminded', 'work', timer('timeCycle', 'R2/PT0.4S'), { cancelActivity: 'false' }),
    boundary('alarmed', 'work', signalEvent('s')),
    end(),
    chain('start', 'work', 'end'),
    ...['stopped', 'noted', 'reminded', 'alarmed'].map((id) => chain(id, 'end')),
  ),
  withRoots(
    roots,
    'handled',
    start(),
    element(
      'subProcess',
      { id: 'sub' },
      start('inner'),
      element('parallelGateway', { id: 'split' }),
      serviceTask('left', 'a'),
      catchEvent('right', messageEvent('n')),
      element('parallelGateway', { id: 'join' }),
      end('innerEnd'),
      chain('inner', 'split', 'left', 'join', 'innerEnd'),
      chain('split', 'right', 'join'),
      eventSubProcess('stop', messageEvent('m'), true),
      eventSubProcess('error', element('errorEventDefinition', {}), true),
    ),
    boundary('late', 'sub', timer('timeDuration', 'PT1S')),
    element('endEvent', { id: 'end' }, signalEvent('s')),
    chain('start', 'sub', 'end'),
    chain('late', 'end'),
    eventSubProcess('beside', signalEvent('s'), false),
  ),
  withRoots(
    [message('m', 'message'), signal('s', 'signal')],
    'started',
    element('startEvent', { id: 'byMessage' }, messageEvent('m')),
    element('startEvent', { id: 'bySignal' }, signalEvent('s')),
    serviceTask('work', 'a'),
    end(),
    chain('byMessage', 'work', 'end'),
    chain('bySignal', 'work'),
  ),
];

type Step =
  | { readonly do: 'create'; readonly process: string; readonly x: number }
  | { readonly do: 'publish'; readonly name: string; readonly x: number; readonly timeToLive: number }
  | { readonly do: 'broadcast' }
  | { readonly do: 'complete' | 'throwError' | 'cancel' | 'resolve'; readonly which: number }
  | { readonly do: 'advance' | 'jump'; readonly ms: number };

const x = fc.nat(1);
const which = fc.nat(4);
const always = <T extends string>(text: T): fc.Arbitrary<T> => fc.constant(text);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: always('create'),
      process: fc.constantFrom('race', 'attached', 'handled'),
      x,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: always('publish'),
      name: fc.constantFrom('message', 'note'),
      x,
      timeToLive: fc.constantFrom(0, 0, 700),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: always('broadcast') }) },
  { weight: 4, arbitrary: fc.record({ do: always('complete'), which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('throwError' as const, 'cancel' as const, 'resolve' as const),
      which,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: always('advance'), ms: fc.constantFrom(1, 400, 1000) }) },
  { weight: 1, arbitrary: fc.record({ do: always('jump'), ms: fc.constantFrom(-2000, 500) }) },
);

/** Does the step; which job or instance is meant follows from the records alone, so that two runs do the same. */
async function take(cluster: TestCluster, one: Step): Promise<void> {
  const pick = (keys: readonly Key[]): Key =>
    ('which' in one ? keys.at(-1 - one.which) : undefined) ?? NO_KEY;
  const jobs = cluster.events('JOB', 'CREATED').map(({ key }) => key);
  if (one.do === 'create') {
    await cluster.request('PROCESS_INSTANCE_CREATION', 'CREATE', NO_KEY, {
      bpmnProcessId: one.process,
      variables: documentOf({ x: one.x }, 100),
    });
  } else if (one.do === 'publish') {
    await publish(cluster, one.name, `${one.x}`, { timeToLive: one.timeToLive, with: { by: one.name } });
  } else if (one.do === 'broadcast') await broadcast(cluster, 'signal', { by: 'signal' });
  else if (one.do === 'complete') await cluster.request('JOB', 'COMPLETE', pick(jobs));
  else if (one.do === 'throwError')
    await cluster.request('JOB', 'THROW_ERROR', pick(jobs), { errorCode: 'e' });
  else if (one.do === 'cancel') {
    const roots = cluster.events('PROCESS_INSTANCE', 'ELEMENT_ACTIVATED');
    const instances = roots.filter(({ value }) => value.bpmnElementType === 'PROCESS');
    await cluster.request('PROCESS_INSTANCE', 'CANCEL', pick(instances.map(({ key }) => key)));
  } else if (one.do === 'resolve') {
    const incidents = cluster.events('INCIDENT', 'CREATED').map(({ key }) => key);
    await cluster.request('INCIDENT', 'RESOLVE', pick(incidents));
  } else if (one.do === 'advance') cluster.time.advance(one.ms);
  else if (one.do === 'jump') cluster.time.jump(one.ms);
}

async function deployed(commandsPerStepMax: number): Promise<TestCluster> {
  const cluster = new TestCluster({ limits: { commandsPerStepMax, chainLengthMax: 400 } });
  await cluster.deploy(...processes);
  return cluster;
}

const work: RandomWork<Step> = {
  step,
  take,
  deployed,
  isOfTime: (one) => one.do === 'advance' || one.do === 'jump',
  turnsMax: 20,
  stepsAtOnceMax: 8,
  runs: 40,
};

test('after a restart at every step what waits, waits as in an engine which was never restarted', async () => {
  await expectSameAfterRestarts(work);
});

/** Of definitions. */
const LASTING = [
  'messageStarts',
  'messageStartsOf',
  'signalSubscriptions',
  'signalSubscriptionsOf',
  'receivedSignals',
];

test('whatever has happened, all that is open waits for something, and nothing is left of what is canceled', async () => {
  await expectNothingStuck(work, (left) => {
    expect(left['signalSubscriptions']).toHaveLength(1);
    for (const name of LASTING) delete left[name];
  });
});
