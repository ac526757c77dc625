import { expect, test } from 'vitest';
import {
  boundary,
  chain,
  element,
  end,
  extensions,
  flow,
  job,
  message,
  messageEvent,
  processFile,
  serviceTask,
  start,
  type Xml,
  zeebe,
} from '../../bpmn/bpmn.testkit.ts';
import { documentOf } from '../../protocol/document.ts';
import { type Key, NO_KEY } from '../../protocol/key.ts';
import type { TestCluster } from '../../stream/cluster.testkit.ts';
import { clusterWith, expectNothingLeft, publish, variableOf, withRoots } from '../events.testkit.ts';

type Loop = {
  readonly isSequential?: boolean;
  readonly output?: string;
  readonly until?: string;
  readonly input?: string;
};

function loop({ isSequential = false, output, until, input = '= items' }: Loop): Xml {
  const outputs = output === undefined ? {} : { outputCollection: 'results', outputElement: output };
  return element(
    'multiInstanceLoopCharacteristics',
    { isSequential: isSequential ? 'true' : undefined },
    extensions(zeebe('loopCharacteristics', { inputCollection: input, inputElement: 'item', ...outputs })),
    until === undefined ? '' : element('completionCondition', {}, until),
  );
}

function each(options: Loop): Xml {
  return element('serviceTask', { id: 'each' }, extensions(job('each')), loop(options));
}

function oneLoop(options: Loop): Xml {
  return processFile('p', start(), each(options), end(), chain('start', 'each', 'end'));
}

const script = (options: Loop): Xml =>
  element(
    'scriptTask',
    { id: 'each' },
    extensions(zeebe('script', { expression: '= item', resultVariable: 'result' })),
    loop({ output: '= result', ...options }),
  );

async function complete(cluster: TestCluster, key: Key, variables: object = {}): Promise<void> {
  await cluster.request('JOB', 'COMPLETE', key, { variables: documentOf(variables, 1e6) });
}

/** What a job's worker sees of the loop. */
function seen(cluster: TestCluster): unknown[] {
  return cluster
    .events('JOB_BATCH', 'ACTIVATED')
    .flatMap(({ value }) => value.jobs)
    .map(({ variables }) => JSON.parse(variables))
    .map(({ item, loopCounter }) => [item, loopCounter]);
}

test('a parallel one has an instance for each element at once and gives the results in the order of the input', async () => {
  const cluster = await clusterWith(oneLoop({ output: '= result.total' }));
  await cluster.create('p', { items: ['a', 'b', 'c'] });
  const jobs = await cluster.activate('each');
  expect(seen(cluster)).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ]);
  for (const [index, key] of [...jobs.entries()].reverse()) {
    await complete(cluster, key, { result: { total: index * 10 } });
  }
  expect(variableOf(cluster, 'results')).toEqual([0, 10, 20]);
  const types = cluster
    .events('PROCESS_INSTANCE', 'ELEMENT_COMPLETED')
    .map(({ value }) => value.bpmnElementType);
  expect(types).toEqual([
    'START_EVENT',
    'SERVICE_TASK',
    'SERVICE_TASK',
    'SERVICE_TASK',
    'MULTI_INSTANCE_BODY',
    'END_EVENT',
    'PROCESS',
  ]);
  expectNothingLeft(cluster);
});

test('a sequential one has one instance after the other', async () => {
  const cluster = await clusterWith(oneLoop({ isSequential: true, output: '= item * 2' }));
  await cluster.create('p', { items: [1, 2, 3] });
  for (let count = 1; count <= 3; count += 1) {
    expect(cluster.events('JOB', 'CREATED')).toHaveLength(count);
    await cluster.complete('each', { items: [] });
  }
  expect(variableOf(cluster, 'results')).toEqual([2, 4, 6]);
  expectNothingLeft(cluster);
});

test.each([true, false])(
  'an empty collection completes at once with an empty result (sequential: %s)',
  async (isSequential) => {
    const cluster = await clusterWith(oneLoop({ isSequential, output: '= item' }));
    await cluster.create('p', { items: [] });
    expect(cluster.elementsWith('ELEMENT_COMPLETED')).toEqual(['start', 'each', 'end', 'p']);
    expect(variableOf(cluster, 'results')).toEqual([]);
    expectNothingLeft(cluster);
  },
);

test('a collection that is none is an incident at the body, and evaluated again when that is resolved', async () => {
  const cluster = await clusterWith(oneLoop({}));
  const key = await cluster.create('p', { items: 'many' });
  const [incident] = cluster.events('INCIDENT', 'CREATED');
  expect(incident?.value).toMatchObject({ errorType: 'EXTRACT_VALUE_ERROR', elementId: 'each' });
  await cluster.request('VARIABLE_DOCUMENT', 'UPDATE', NO_KEY, {
    scopeKey: key,
    variables: '{"items":[1]}' as never,
  });
  await cluster.request('INCIDENT', 'RESOLVE', incident?.key ?? NO_KEY);
  await cluster.complete('each');
  expectNothingLeft(cluster);
});

test.each([true, false])(
  'a completion condition that holds ends it early (sequential: %s)',
  async (isSequential) => {
    const until =
      '= count(results[item != null]) &gt;= 2 and numberOfCompletedInstances = 2 and numberOfInstances = 4';
    const cluster = await clusterWith(oneLoop({ isSequential, until, output: '= result' }));
    await cluster.create('p', { items: [1, 2, 3, 4] });
    await cluster.complete('each', { result: 'x' });
    await cluster.complete('each', { result: 'y' });
    expect(variableOf(cluster, 'results')).toEqual(['x', 'y', null, null]);
    expect(cluster.elementsWith('ELEMENT_TERMINATED')).toEqual(isSequential ? [] : ['each', 'each']);
    expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
    expectNothingLeft(cluster);
  },
);

test('a result that can not be evaluated is an incident of its instance alone', async () => {
  const cluster = await clusterWith(oneLoop({ until: '= enough' }));
  const key = await cluster.create('p', { items: [1, 2] });
  const [first = NO_KEY, second = NO_KEY] = await cluster.activate('each');
  await complete(cluster, first);
  const [incident] = cluster.events('INCIDENT', 'CREATED');
  expect(incident?.value.errorType).toBe('EXTRACT_VALUE_ERROR');
  await cluster.request('VARIABLE_DOCUMENT', 'UPDATE', NO_KEY, {
    scopeKey: key,
    variables: '{"enough":false}' as never,
  });
  await complete(cluster, second);
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).not.toContain('p');
  await cluster.request('INCIDENT', 'RESOLVE', incident?.key ?? NO_KEY);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
  expectNothingLeft(cluster);
});

test('its boundary events belong to the body: one that interrupts ends all instances, an error in one does', async () => {
  const xml = withRoots(
    [message('m', 'stop', '= "k"')],
    'p',
    start(),
    each({}),
    boundary('stopped', 'each', messageEvent('m')),
    boundary('failed', 'each', element('errorEventDefinition', {})),
    end(),
    chain('start', 'each', 'end'),
    chain('stopped', 'end'),
    chain('failed', 'end'),
  );
  const cluster = await clusterWith(xml);
  await cluster.create('p', { items: [1, 2] });
  await publish(cluster, 'stop', 'k');
  expect(cluster.elementsWith('ELEMENT_TERMINATED')).toEqual(['each', 'each', 'each']);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-3)).toEqual(['stopped', 'end', 'p']);
  await cluster.create('p', { items: [1, 2] });
  const [key = NO_KEY] = await cluster.activate('each');
  await cluster.request('JOB', 'THROW_ERROR', key, { errorCode: 'e' });
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-3)).toEqual(['failed', 'end', 'p']);
  expectNothingLeft(cluster);
});

const nested = processFile(
  'p',
  start(),
  element(
    'subProcess',
    { id: 'outer' },
    loop({ input: '= rows', output: '= results' }),
    start('inner'),
    element(
      'serviceTask',
      { id: 'each' },
      extensions(job('each')),
      loop({ input: '= item', output: '= item' }),
    ),
    end('innerEnd'),
    chain('inner', 'each', 'innerEnd'),
  ),
  end(),
  chain('start', 'outer', 'end'),
);

test('sub-processes are repeated with what is repeated inside', async () => {
  const cluster = await clusterWith(nested);
  await cluster.create('p', { rows: [[1, 2], [], [3]] });
  for (const key of await cluster.activate('each')) await complete(cluster, key);
  expect(variableOf(cluster, 'results')).toEqual([[1, 2], [], [3]]);
  expectNothingLeft(cluster);
});

test('canceling an instance ends all that is repeated', async () => {
  const cluster = await clusterWith(nested);
  const key = await cluster.create('p', { rows: [[1, 2], [3]] });
  await cluster.request('PROCESS_INSTANCE', 'CANCEL', key);
  expectNothingLeft(cluster);
});

test.each(['each', 'script'])(
  'a large collection is gone through in portions, no step is too large and none an endless loop (%s)',
  async (kind) => {
    const repeated = kind === 'each' ? each({ output: '= result' }) : script({});
    const cluster = await clusterWith(
      processFile(
        'p',
        start(),
        repeated,
        serviceTask('after'),
        end(),
        chain('start', 'each', 'after', 'end'),
      ),
      { limits: { batchBytesMax: 100_000, chainLengthMax: 200 } },
    );
    const items = Array.from({ length: 2_500 }, (_, index) => index);
    const key = await cluster.create('p', { items });
    expect(cluster.events('PROCESS_INSTANCE_BATCH', 'ACTIVATED')).toHaveLength(24);
    if (kind === 'each') {
      expect(cluster.partition().state.jobs.size).toBe(2_500);
      await cluster.request('PROCESS_INSTANCE', 'CANCEL', key);
      expect(cluster.events('PROCESS_INSTANCE_BATCH', 'TERMINATED').length).toBeGreaterThanOrEqual(24);
    } else {
      expect(variableOf(cluster, 'results')).toEqual(items);
      await cluster.complete('after');
    }
    expect(cluster.events('INCIDENT', 'CREATED')).toEqual([]);
    expectNothingLeft(cluster);
  },
);

test.each([1, 7, 100])(
  'a long sequential loop that waits for nothing is no endless loop, also with %i commands in a step',
  async (commandsPerStepMax) => {
    const cluster = await clusterWith(
      processFile('p', start(), script({ isSequential: true }), end(), chain('start', 'each', 'end')),
      { limits: { commandsPerStepMax, chainLengthMax: 40 } },
    );
    const items = Array.from({ length: 1_000 }, (_, index) => index);
    await cluster.create('p', { items });
    expect(cluster.events('INCIDENT', 'CREATED')).toEqual([]);
    expect(variableOf(cluster, 'results')).toEqual(items);
    expectNothingLeft(cluster);
  },
);

test.each([true, false])(
  'an endless loop around a repeated activity is one (sequential: %s)',
  async (isSequential) => {
    const cluster = await clusterWith(
      processFile(
        'p',
        start(),
        element('exclusiveGateway', { id: 'again' }),
        script({ isSequential }),
        chain('start', 'again', 'each', 'again'),
      ),
      { limits: { chainLengthMax: 100 } },
    );
    await cluster.create('p', { items: [1, 2, 3] });
    const [incident, more] = cluster.events('INCIDENT', 'CREATED');
    expect(incident?.value.errorType).toBe('STEP_LIMIT_EXCEEDED');
    expect(more).toBeUndefined();
    expect(cluster.elementsWith('ELEMENT_COMPLETED').length).toBeLessThan(200);
  },
);

test('an endless loop in one instance of a sequential activity is one, and the rest waits for it', async () => {
  const repeated = element(
    'subProcess',
    { id: 'each' },
    loop({ isSequential: true }),
    start('inner'),
    element('exclusiveGateway', { id: 'again', default: 'again-innerEnd' }),
    element('task', { id: 'step' }),
    end('innerEnd'),
    chain('inner', 'again', 'innerEnd'),
    flow('again', 'step', '= item = 2'),
    chain('step', 'again'),
  );
  const cluster = await clusterWith(
    processFile('p', start(), repeated, end(), chain('start', 'each', 'end')),
    { limits: { chainLengthMax: 100 } },
  );
  const key = await cluster.create('p', { items: [1, 2, 3] });
  expect(cluster.events('INCIDENT', 'CREATED').map(({ value }) => value.errorType)).toEqual([
    'STEP_LIMIT_EXCEEDED',
  ]);
  await cluster.request('PROCESS_INSTANCE', 'CANCEL', key);
  expectNothingLeft(cluster);
});

test('elements that are too large together for one batch are spread over several', async () => {
  const cluster = await clusterWith(oneLoop({}), { limits: { batchBytesMax: 100_000 } });
  await cluster.create('p', { items: Array.from({ length: 30 }, () => 'x'.repeat(1_000)) });
  expect(cluster.partition().state.jobs.size).toBe(30);
  expect(cluster.events('ERROR', 'CREATED')).toEqual([]);
});

test('a canceled large loop ends no instance twice and begins none after', async () => {
  const cluster = await clusterWith(oneLoop({}), { limits: { commandsPerStepMax: 3, stepsPerFlushMax: 1 } });
  let key: Key = NO_KEY;
  const items = Array.from({ length: 300 }, (_, index) => index);
  await cluster.atOnce(async () => {
    await cluster.request('PROCESS_INSTANCE_CREATION', 'CREATE', NO_KEY, {
      bpmnProcessId: 'p',
      variables: documentOf({ items }, 1e6),
    });
  });
  key = cluster.events('PROCESS_INSTANCE_CREATION', 'CREATED')[0]?.value.processInstanceKey ?? NO_KEY;
  await cluster.request('PROCESS_INSTANCE', 'CANCEL', key);
  expectNothingLeft(cluster);
});
