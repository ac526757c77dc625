import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  boundary,
  chain,
  element,
  end,
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
import { dumpState } from '../state/dump.testkit.ts';
import { TestCluster } from './cluster.testkit.ts';

const roots = [message('m', 'message', '= x'), message('n', 'note', '= x'), signal('s', 'signal')];
const catchEvent = (id: string, definition: Xml): Xml =>
  element('intermediateCatchEvent', { id }, definition);

function handler(id: string, definition: Xml, isInterrupting: boolean): Xml {
  return element(
    'subProcess',
    { id, triggeredByEvent: 'true' },
    element(
      'startEvent',
      { id: `${id}Start`, isInterrupting: isInterrupting ? undefined : 'false' },
      definition,
    ),
    serviceTask(`${id}Task`, 'b'),
    end(`${id}End`),
    chain(`${id}Start`, `${id}Task`, `${id}End`),
  );
}

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
      handler('stop', messageEvent('m'), true),
      handler('error', element('errorEventDefinition', {}), true),
    ),
    boundary('late', 'sub', timer('timeDuration', 'PT1S')),
    element('endEvent', { id: 'end' }, signalEvent('s')),
    chain('start', 'sub', 'end'),
    chain('late', 'end'),
    handler('beside', signalEvent('s'), false),
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

/** Steps that come one after the other, or all at once so that what follows from each meets the others. */
const turn = fc.oneof(
  { weight: 3, arbitrary: step.map((one) => [one]) },
  fc.array(step, { minLength: 2, maxLength: 8 }),
);
const commandsPerStep = fc.constantFrom(1, 2, 7, 100);
const numRuns = process.env['THROUGHLINE_LONG'] === '1' ? 2000 : 60;

async function takeAll(cluster: TestCluster, steps: readonly Step[]): Promise<void> {
  const isOfTime = (one: Step): boolean => one.do === 'advance' || one.do === 'jump';
  await cluster.atOnce(async () => {
    for (const one of steps) if (!isOfTime(one)) await take(cluster, one);
  });
  for (const one of steps) if (isOfTime(one)) await take(cluster, one);
  cluster.time.advance(0);
}

test('after a restart at every step what waits, waits as in an engine which was never restarted', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(turn, { maxLength: 20 }),
      commandsPerStep,
      fc.constantFrom('kill' as const, 'power' as const),
      async (turns, commands, kind) => {
        const steady = await deployed(commands);
        const restarted = await deployed(commands);
        for (const steps of turns) {
          await takeAll(steady, steps);
          await takeAll(restarted, steps);
          restarted.restart(kind);
          restarted.time.advance(0);
          expect(dumpState(restarted.partition().state)).toEqual(dumpState(steady.partition().state));
        }
        expect(steady.events('ERROR', 'CREATED')).toEqual([]);
      },
    ),
    { numRuns },
  );
});

/** Element instances that have come to a stand: nothing inside, no job, no incident, nothing that they wait for. */
function waitingForNothing(cluster: TestCluster): unknown[] {
  const { state } = cluster.partition();
  return [...state.elements.entries()].filter(
    ([key, { jobKey }]) =>
      state.children.of(key).size === 0 &&
      jobKey === NO_KEY &&
      !state.elementIncidents.has(key) &&
      state.timersOf.of(key).size === 0 &&
      state.signalSubscriptionsOf.of(key).size === 0 &&
      state.processMessageSubscriptions.of(key).size === 0,
  );
}

/** Of definitions, and of messages that are still kept. */
const LASTING = [
  'processes',
  'processVersions',
  'latestVersions',
  'messageStarts',
  'messageStartsOf',
  'signalSubscriptions',
  'signalSubscriptionsOf',
  'receivedSignals',
];

test('whatever has happened, all that is open waits for something, and nothing is left of what is canceled', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { maxLength: 20 }), commandsPerStep, async (turns, commands) => {
      const cluster = await deployed(commands);
      for (const steps of turns) await takeAll(cluster, steps);
      expect(waitingForNothing(cluster)).toEqual([]);
      cluster.time.advance(1e6); // messages expire
      for (const [key, { value }] of [...cluster.partition().state.elements.entries()]) {
        if (value.bpmnElementType === 'PROCESS') await cluster.request('PROCESS_INSTANCE', 'CANCEL', key);
      }
      const left = dumpState(cluster.partition().state);
      expect(left['signalSubscriptions']).toHaveLength(1);
      for (const name of LASTING) delete left[name];
      expect(left).toEqual({});
      expect(cluster.events('ERROR', 'CREATED')).toEqual([]);
    }),
    { numRuns },
  );
});
