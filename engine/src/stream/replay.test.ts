import fc from 'fast-check';
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
} from '../bpmn/bpmn.testkit.ts';
import { documentOf } from '../protocol/document.ts';
import { type Key, NO_KEY } from '../protocol/key.ts';
import { TestCluster } from './cluster.testkit.ts';
import { expectNothingStuck, expectSameAfterRestarts, type RandomWork } from './replay.testkit.ts';

/** Everything that waits, fails, forks, loops and nests. New elements and commands join here. */
const processes = [
  processFile('task', start(), serviceTask('a'), end(), chain('start', 'a', 'end')),
  processFile(
    'fork',
    start(),
    element('parallelGateway', { id: 'split' }),
    serviceTask('a'),
    serviceTask('b'),
    element('parallelGateway', { id: 'join' }),
    end(),
    chain('start', 'split', 'a', 'join', 'end'),
    chain('split', 'b', 'join'),
  ),
  processFile(
    'nested',
    start(),
    element(
      'subProcess',
      { id: 'sub' },
      start('inner'),
      element('exclusiveGateway', { id: 'again' }),
      serviceTask('b'),
      element('exclusiveGateway', { id: 'enough', default: 'enough-innerEnd' }),
      end('innerEnd'),
      chain('inner', 'again', 'b', 'enough', 'innerEnd'),
      flow('enough', 'again', '= x > 2'),
    ),
    boundary('failed', 'sub', element('errorEventDefinition', {})),
    end(),
    end('repaired'),
    chain('start', 'sub', 'end'),
    chain('failed', 'repaired'),
  ),
  processFile(
    'loop',
    start(),
    element('exclusiveGateway', { id: 'again' }),
    element('task', { id: 'step' }),
    chain('start', 'again', 'step', 'again'),
  ),
];

type Step =
  | { readonly do: 'create'; readonly process: string; readonly x: number }
  | { readonly do: 'activate'; readonly type: string; readonly max: number }
  | {
      readonly do: 'complete' | 'fail' | 'throwError' | 'updateRetries';
      readonly which: number;
      readonly x: number;
    }
  | { readonly do: 'cancel' | 'setVariables' | 'resolve'; readonly which: number; readonly x: number }
  | { readonly do: 'advance'; readonly ms: number };

const x = fc.nat(5);
const which = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      process: fc.constantFrom('task', 'fork', 'nested', 'loop', 'none'),
      x,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('activate' as const),
      type: fc.constantFrom('a', 'b'),
      max: fc.integer({ min: 0, max: 3 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('complete' as const), which, x }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('fail' as const, 'throwError' as const, 'updateRetries' as const),
      which,
      x,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('cancel' as const, 'setVariables' as const, 'resolve' as const),
      which,
      x,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(1, 400, 1000) }),
  },
);

/** Does the step; which job or instance is meant follows from the records alone, so that two runs do the same. */
async function take(cluster: TestCluster, one: Step): Promise<void> {
  const variables = 'x' in one ? documentOf({ x: one.x }, 100) : undefined;
  // Mostly the newest: then requests that come at once are about the same instance.
  const pick = (keys: readonly Key[]): Key =>
    ('which' in one ? keys.at(-1 - (one.which % 5)) : undefined) ?? NO_KEY;
  const jobs = cluster.events('JOB', 'CREATED').map(({ key }) => key);
  const instances = cluster
    .events('PROCESS_INSTANCE_CREATION', 'CREATED')
    .map(({ value }) => value.processInstanceKey);
  const incidents = cluster.events('INCIDENT', 'CREATED').map(({ key }) => key);
  if (one.do === 'create') {
    await cluster.request('PROCESS_INSTANCE_CREATION', 'CREATE', NO_KEY, {
      bpmnProcessId: one.process,
      variables: documentOf({ x: one.x }, 100),
    });
  } else if (one.do === 'activate') {
    await cluster.request('JOB_BATCH', 'ACTIVATE', NO_KEY, {
      type: one.type,
      maxJobsToActivate: one.max,
      timeout: 1000,
    });
  } else if (one.do === 'complete') {
    await cluster.request('JOB', 'COMPLETE', pick(jobs), {
      ...(variables === undefined ? {} : { variables }),
    });
  } else if (one.do === 'fail') {
    await cluster.request('JOB', 'FAIL', pick(jobs), { retries: one.x - 2, retryBackoff: one.x * 100 });
  } else if (one.do === 'throwError')
    await cluster.request('JOB', 'THROW_ERROR', pick(jobs), { errorCode: 'e' });
  else if (one.do === 'updateRetries')
    await cluster.request('JOB', 'UPDATE_RETRIES', pick(jobs), { retries: one.x });
  else if (one.do === 'cancel') await cluster.request('PROCESS_INSTANCE', 'CANCEL', pick(instances));
  else if (one.do === 'resolve') await cluster.request('INCIDENT', 'RESOLVE', pick(incidents));
  else if (one.do === 'setVariables') {
    await cluster.request('VARIABLE_DOCUMENT', 'UPDATE', NO_KEY, {
      scopeKey: pick(instances),
      ...(variables === undefined ? {} : { variables }),
    });
  } else if (one.do === 'advance') cluster.time.advance(one.ms);
}

async function deployed(commandsPerStepMax: number): Promise<TestCluster> {
  const cluster = new TestCluster({ limits: { commandsPerStepMax, chainLengthMax: 40 } });
  await cluster.deploy(...processes);
  return cluster;
}

const work: RandomWork<Step> = {
  step,
  take,
  deployed,
  isOfTime: (one) => one.do === 'advance',
  turnsMax: 25,
  stepsAtOnceMax: 10,
  runs: 40,
};

test('after a restart at every step the state is that of an engine which was never restarted', async () => {
  await expectSameAfterRestarts(work, (steady, restarted) => {
    expect(restarted.records).toEqual(steady.records);
  });
});

test('whatever has happened, all that is open waits for something, every instance can be canceled, and then nothing of it is left', async () => {
  await expectNothingStuck(work);
});
