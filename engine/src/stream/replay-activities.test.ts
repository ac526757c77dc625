import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  boundary,
  callActivity,
  chain,
  definitions,
  element,
  end,
  extensions,
  flow,
  job,
  process,
  serviceTask,
  start,
  type Xml,
  zeebe,
} from '../bpmn/bpmn.testkit.ts';
import { documentOf } from '../protocol/document.ts';
import { type Key, NO_KEY } from '../protocol/key.ts';
import { TestCluster } from './cluster.testkit.ts';
import { expectNothingStuck, expectSameAfterRestarts, type RandomWork } from './replay.testkit.ts';

const error = element('error', { id: 'broken', errorCode: 'e' });
const errorEvent = element('errorEventDefinition', { errorRef: 'broken' });
const terminateEvent = element('terminateEventDefinition', {});

function loop(isSequential: boolean, attributes: Readonly<Record<string, string>>, until = ''): Xml {
  const zeebeLoop = zeebe('loopCharacteristics', { inputElement: 'item', ...attributes });
  const type = isSequential ? { isSequential: 'true' } : {};
  return element('multiInstanceLoopCharacteristics', type, extensions(zeebeLoop), until);
}

const results = { outputCollection: 'results', outputElement: '= item' };

const file = (id: string, ...content: readonly Xml[]): Xml => definitions(error, process(id, ...content));

/** What repeats, calls, ends others and joins those that came. */
const processes = [
  file(
    'choice',
    start(),
    element('inclusiveGateway', { id: 'fork', default: 'fork-c' }),
    serviceTask('a'),
    serviceTask('b'),
    element(
      'scriptTask',
      { id: 'c' },
      extensions(zeebe('script', { expression: '= x + 1', resultVariable: 'x' })),
    ),
    element('inclusiveGateway', { id: 'join' }),
    element('exclusiveGateway', { id: 'again', default: 'again-end' }),
    boundary('failed', 'b', errorEvent),
    end(),
    end('lost'),
    chain('start', 'fork'),
    flow('fork', 'a', '= x > 1'),
    flow('fork', 'b', '= x > 2'),
    chain('fork', 'c', 'join', 'again', 'end'),
    chain('a', 'join'),
    chain('b', 'join'),
    flow('again', 'join', '= x = 4'),
    chain('failed', 'lost'),
  ),
  file(
    'loops',
    start(),
    element(
      'subProcess',
      { id: 'each' },
      loop(false, { inputCollection: '= for i in 1..x return i', ...results }),
      start('inner'),
      element(
        'serviceTask',
        { id: 'one' },
        extensions(job('a')),
        loop(
          true,
          { inputCollection: '= [1, 2, 3]', ...results },
          element('completionCondition', {}, '= numberOfCompletedInstances = x'),
        ),
      ),
      end('innerEnd'),
      chain('inner', 'one', 'innerEnd'),
    ),
    boundary('failed', 'each', errorEvent),
    end(),
    chain('start', 'each', 'end'),
    chain('failed', 'end'),
  ),
  file(
    'enough',
    start(),
    callActivity(
      'call',
      'ending',
      loop(
        false,
        { inputCollection: '= for i in 1..x return i', ...results },
        element('completionCondition', {}, '= numberOfCompletedInstances &gt;= 2'),
      ),
    ),
    end(),
    chain('start', 'call', 'end'),
  ),
  file(
    'ending',
    start(),
    element('parallelGateway', { id: 'fork' }),
    serviceTask('a'),
    element('userTask', { id: 'b' }),
    element('endEvent', { id: 'stop' }, terminateEvent),
    element('exclusiveGateway', { id: 'how', default: 'how-end' }),
    element('endEvent', { id: 'fail' }, errorEvent),
    end(),
    chain('start', 'fork', 'a', 'stop'),
    chain('fork', 'b', 'how', 'end'),
    flow('how', 'fail', '= x = 3'),
  ),
  file(
    'deep',
    start(),
    callActivity('call', 'deep'),
    boundary('failed', 'call', errorEvent),
    end(),
    chain('start', 'call', 'end'),
    chain('failed', 'end'),
  ),
];
const NAMES = { choice: true, loops: true, enough: true, ending: true, deep: true };

type Step =
  | { readonly do: 'create'; readonly process: string; readonly x: number }
  | { readonly do: 'complete' | 'throwError' | 'setVariables'; readonly which: number; readonly x: number }
  | { readonly do: 'cancel' | 'resolve' | 'migrate'; readonly which: number }
  | {
      readonly do: 'modify';
      readonly which: number;
      readonly at: string | undefined;
      readonly ends: boolean;
    };

const x = fc.nat(5);
const which = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      process: fc.constantFrom(...Object.keys(NAMES)),
      x,
    }),
  },
  { weight: 9, arbitrary: fc.record({ do: fc.constant('complete' as const), which, x }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('throwError' as const, 'setVariables' as const), which, x }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('cancel' as const, 'resolve' as const, 'migrate' as const, 'migrate' as const),
      which,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('modify' as const),
      which,
      at: fc.constantFrom(undefined, 'a', 'b', 'join', 'one', 'innerEnd', 'call', 'stop', 'fail'),
      ends: fc.boolean(),
    }),
  },
);

/** Does the step, with one of what is open by the order of keys, so that two runs in the same state do the same. */
async function take(cluster: TestCluster, one: Step): Promise<void> {
  const { state } = cluster.partition();
  const pick = (open: Iterable<readonly [Key, unknown]>): Key => {
    const keys = [...open].map(([key]) => key).sort((a, b) => Number(b - a));
    return ('which' in one ? keys[one.which % Math.max(1, keys.length)] : undefined) ?? NO_KEY;
  };
  const instances = [...state.elements.entries()].filter(([, { value }]) => value.elementId in NAMES);
  const variables = documentOf('x' in one ? { x: one.x } : {}, 100);
  if (one.do === 'create') {
    const fields = { bpmnProcessId: one.process, variables };
    await cluster.request('PROCESS_INSTANCE_CREATION', 'CREATE', NO_KEY, fields);
  } else if (one.do === 'complete') {
    await cluster.request('JOB', 'COMPLETE', pick(state.jobs.entries()), { variables });
  } else if (one.do === 'throwError') {
    const fields = { errorCode: 'e', variables };
    await cluster.request('JOB', 'THROW_ERROR', pick(state.jobs.entries()), fields);
  } else if (one.do === 'cancel') await cluster.request('PROCESS_INSTANCE', 'CANCEL', pick(instances));
  else if (one.do === 'resolve') {
    await cluster.request('INCIDENT', 'RESOLVE', pick(state.incidents.entries()));
  } else if (one.do === 'migrate') {
    const key = pick(instances);
    const { processDefinitionKey, bpmnProcessId = '' } = state.elements.get(key)?.value ?? {};
    const versions = [...state.processVersions.of(bpmnProcessId).values()];
    const inside = [...state.elements.entries()].filter(([, { value }]) => value.processInstanceKey === key);
    const ids = new Set(inside.map(([, { value }]) => value.elementId));
    await cluster.request('PROCESS_INSTANCE_MIGRATION', 'MIGRATE', NO_KEY, {
      processInstanceKey: key,
      targetProcessDefinitionKey: versions.find((version) => version !== processDefinitionKey) ?? NO_KEY,
      mappingInstructions: [...ids].map((id) => ({ sourceElementId: id, targetElementId: id })),
    });
  } else if (one.do === 'modify') {
    const key = pick(state.elements.entries());
    const value = state.elements.get(key)?.value;
    const at = { elementId: one.at ?? '', ancestorScopeKey: NO_KEY, variableInstructions: [] };
    await cluster.request('PROCESS_INSTANCE_MODIFICATION', 'MODIFY', NO_KEY, {
      processInstanceKey: value?.processInstanceKey ?? NO_KEY,
      activateInstructions: one.at === undefined ? [] : [at],
      terminateInstructions: one.ends ? [{ elementInstanceKey: key }] : [],
    });
  } else {
    const fields = { scopeKey: pick(instances), variables };
    await cluster.request('VARIABLE_DOCUMENT', 'UPDATE', NO_KEY, fields);
  }
}

async function deployed(commandsPerStepMax: number): Promise<TestCluster> {
  const cluster = new TestCluster({ limits: { commandsPerStepMax, chainLengthMax: 100, callDepthMax: 4 } });
  await cluster.deploy(...processes);
  // Two versions, so that instances can migrate to and fro.
  await cluster.deploy(...processes.map((xml) => xml.replace('isExecutable', 'name="second" isExecutable')));
  return cluster;
}

const work: RandomWork<Step> = { step, take, deployed, turnsMax: 30, stepsAtOnceMax: 8, runs: 40 };

test('after a restart at every step repetitions, calls and joins go on as in an engine never restarted', async () => {
  await expectSameAfterRestarts(work, (steady, restarted) => {
    expect(restarted.records).toEqual(steady.records);
  });
});

test('whatever has happened, all that is open waits for something, and nothing is left of what is canceled', async () => {
  await expectNothingStuck(work);
});
