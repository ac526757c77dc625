import { expect, test } from 'vitest';
import {
  callActivity,
  chain,
  definitions,
  element,
  end,
  extensions,
  job,
  process,
  processFile,
  serviceTask,
  start,
  zeebe,
} from '../../bpmn/bpmn.testkit.ts';
import type { Document } from '../../protocol/document.ts';
import { type Key, NO_KEY } from '../../protocol/key.ts';
import type { ProcessInstanceModificationValue } from '../../protocol/values/process-instance-modification.ts';
import type { TestCluster, TestClusterOptions } from '../../stream/cluster.testkit.ts';
import type { Reply } from '../../stream/partition.ts';
import { clusterWith, expectNothingLeft } from '../events.testkit.ts';

const sub = element(
  'subProcess',
  { id: 'sub' },
  extensions(zeebe('ioMapping', {}, zeebe('input', { source: '= x', target: 'inside' }))),
  start('inner'),
  serviceTask('b'),
  serviceTask('c'),
  end('innerEnd'),
  chain('inner', 'b', 'c', 'innerEnd'),
);
const xml = processFile('p', start(), serviceTask('a'), sub, end(), chain('start', 'a', 'sub', 'end'));

type Activate = { readonly at: string; readonly in?: Key; readonly with?: Readonly<Record<string, string>> };

function modify(
  cluster: TestCluster,
  processInstanceKey: Key,
  activate: readonly Activate[],
  terminate: readonly Key[] = [],
): Promise<Reply | undefined> {
  const value: Partial<ProcessInstanceModificationValue> = {
    processInstanceKey,
    activateInstructions: activate.map(({ at, in: ancestorScopeKey = NO_KEY, with: variables = {} }) => ({
      elementId: at,
      ancestorScopeKey,
      variableInstructions: Object.entries(variables).map(([elementId, text]) => ({
        elementId,
        variables: text as Document,
      })),
    })),
    terminateInstructions: terminate.map((elementInstanceKey) => ({ elementInstanceKey })),
  };
  return cluster.request('PROCESS_INSTANCE_MODIFICATION', 'MODIFY', processInstanceKey, value);
}

function instancesOf(cluster: TestCluster, elementId: string): Key[] {
  return [...cluster.partition().state.elements.entries()]
    .filter(([, { value }]) => value.elementId === elementId)
    .map(([key]) => key);
}

const options: TestClusterOptions[] = [{}, { limits: { commandsPerStepMax: 1 } }];

test.each(options)(
  'a token is moved into a sub-process, which begins with it and not at its start event',
  async (how) => {
    const cluster = await clusterWith(xml, how);
    const key = await cluster.create('p', { x: 1 });
    const reply = await modify(cluster, key, [{ at: 'c' }], instancesOf(cluster, 'a'));
    expect(reply).toMatchObject({ kind: 'done', event: { intent: 'MODIFIED' } });
    expect(cluster.elementsWith('ELEMENT_TERMINATED')).toEqual(['a']);
    expect(cluster.events('JOB', 'CREATED').map(({ value }) => value.type)).toEqual(['a', 'c']);
    const [subKey = NO_KEY] = instancesOf(cluster, 'sub');
    expect(cluster.partition().state.variables.get(subKey, 'inside')?.value).toBe('1');
    await cluster.complete('c');
    expect(cluster.elementsWith('ELEMENT_COMPLETED')).toEqual(['start', 'c', 'innerEnd', 'sub', 'end', 'p']);
    expectNothingLeft(cluster);
  },
);

test('elements of the same scope begin in one instance of it, and a join waits for nothing', async () => {
  const cluster = await clusterWith(xml);
  const key = await cluster.create('p');
  await modify(cluster, key, [{ at: 'b' }, { at: 'c' }]);
  expect(instancesOf(cluster, 'sub')).toHaveLength(1);
  for (const type of ['b', 'c', 'c', 'a']) await cluster.complete(type);
  await cluster.complete('b');
  await cluster.complete('c');
  expectNothingLeft(cluster);
});

const joining = (type: 'parallelGateway' | 'inclusiveGateway') =>
  processFile(
    'p',
    start(),
    element('parallelGateway', { id: 'fork' }),
    serviceTask('a'),
    serviceTask('b'),
    element(type, { id: 'join' }),
    serviceTask('after'),
    end(),
    chain('start', 'fork', 'a', 'join', 'after', 'end'),
    chain('fork', 'b', 'join'),
  );

test.each(options)(
  'a join waits for a token that was taken away until it is activated itself',
  async (how) => {
    const cluster = await clusterWith(joining('parallelGateway'), how);
    const key = await cluster.create('p');
    await cluster.complete('a');
    await modify(cluster, key, [], instancesOf(cluster, 'b'));
    expect(instancesOf(cluster, 'p')).toEqual([key]);
    expect(cluster.partition().state.takenFlows.of(key).get('a-join')).toBe(1);
    await modify(cluster, key, [{ at: 'join' }]);
    await cluster.complete('after');
    expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-4)).toEqual(['join', 'after', 'end', 'p']);
    expectNothingLeft(cluster);
  },
);

test('a token is moved to where it is joined with those that wait there, and to nothing else', async () => {
  const cluster = await clusterWith(joining('parallelGateway'));
  const key = await cluster.create('p');
  await cluster.complete('a');
  await modify(cluster, key, [{ at: 'join' }], instancesOf(cluster, 'b'));
  await cluster.complete('after');
  expectNothingLeft(cluster);
  const other = await cluster.create('p');
  await modify(cluster, other, [{ at: 'join' }]); // none waits: one more token
  await cluster.complete('after');
  await cluster.complete('b');
  await cluster.complete('a');
  await cluster.complete('after');
  expectNothingLeft(cluster);
});

test('an inclusive join that is activated takes in what waits there, and does not wait for the rest', async () => {
  const cluster = await clusterWith(joining('inclusiveGateway'));
  const key = await cluster.create('p');
  await cluster.complete('a');
  await modify(cluster, key, [{ at: 'join' }]);
  expect(cluster.partition().state.takenFlows.of(key).size).toBe(0);
  await cluster.complete('after');
  await cluster.complete('b');
  await cluster.complete('after');
  expectNothingLeft(cluster);
});

test('variables are set in the scopes that the instructions name', async () => {
  const cluster = await clusterWith(xml);
  const key = await cluster.create('p');
  await modify(cluster, key, [{ at: 'c', with: { '': '{"p":1}', sub: '{"s":2}', c: '{"t":3}' } }]);
  const { variables } = cluster.partition().state;
  const [subKey = NO_KEY] = instancesOf(cluster, 'sub');
  const [taskKey = NO_KEY] = instancesOf(cluster, 'c');
  expect(variables.get(key, 'p')?.value).toBe('1');
  expect(variables.get(subKey, 's')?.value).toBe('2');
  expect(variables.get(taskKey, 't')?.value).toBe('3');
});

test('where a scope has several instances, the ancestor must be named', async () => {
  const cluster = await clusterWith(xml);
  const key = await cluster.create('p');
  await modify(cluster, key, [{ at: 'sub' }]);
  await modify(cluster, key, [{ at: 'sub' }]);
  const [first = NO_KEY] = instancesOf(cluster, 'sub');
  expect(await modify(cluster, key, [{ at: 'c' }])).toMatchObject({
    kind: 'rejected',
    reason: expect.stringContaining('more than one active instance'),
  });
  expect(await modify(cluster, key, [{ at: 'c', in: first }])).toMatchObject({ kind: 'done' });
  const [taskKey = NO_KEY] = instancesOf(cluster, 'c');
  expect(cluster.partition().state.elements.get(taskKey)?.value.flowScopeKey).toBe(first);
});

test('what one command begins is found by what it begins next, also when that can not be told apart', async () => {
  const cluster = await clusterWith(xml);
  const key = await cluster.create('p');
  const refused = { kind: 'rejected', type: 'INVALID_ARGUMENT' };
  expect(await modify(cluster, key, [{ at: 'sub' }, { at: 'sub' }, { at: 'c' }])).toMatchObject(refused);
  expect(instancesOf(cluster, 'sub')).toEqual([]);
  expect(await modify(cluster, key, [{ at: 'sub' }, { at: 'c' }])).toMatchObject({ kind: 'done' });
  const [subKey = NO_KEY] = instancesOf(cluster, 'sub');
  const [taskKey = NO_KEY] = instancesOf(cluster, 'c');
  expect(cluster.partition().state.elements.get(taskKey)?.value.flowScopeKey).toBe(subKey);
  expect(await modify(cluster, key, [{ at: 'sub' }, { at: 'c' }])).toMatchObject(refused);
  expect(instancesOf(cluster, 'sub')).toEqual([subKey]);
});

test('an element that is terminated while it is still on its way does not begin again', async () => {
  const how: TestClusterOptions = { limits: { commandsPerStepMax: 2, stepsPerFlushMax: 2 } };
  const many = Array.from({ length: 4 }, () => ({ at: 'a' }));
  const twin = await clusterWith(xml, how);
  await modify(twin, await twin.create('p'), many);
  const last = instancesOf(twin, 'a').at(-1) ?? NO_KEY; // keys are counted: it has the same one in the other cluster
  const cluster = await clusterWith(xml, how);
  const key = await cluster.create('p');
  await cluster.atOnce(async () => {
    await modify(cluster, key, many);
    await modify(cluster, key, [], [last]);
  });
  const lifeOfLast = cluster.records.filter((record) => record.key === last && record.recordType === 'EVENT');
  expect(lifeOfLast.map(({ intent }) => intent)).toEqual([
    'ELEMENT_ACTIVATING',
    'ELEMENT_TERMINATING',
    'ELEMENT_TERMINATED',
  ]);
  expect(instancesOf(cluster, 'a')).toHaveLength(4);
});

test('variables of a repeated activity that begins are set around all of its instances', async () => {
  const collection = zeebe('loopCharacteristics', { inputCollection: '= [1, 2]' });
  const loop = element('multiInstanceLoopCharacteristics', {}, extensions(collection));
  const task = element('serviceTask', { id: 'each' }, extensions(job('each')), loop);
  const file = processFile('p', start(), serviceTask('a'), task, end(), chain('start', 'a', 'each', 'end'));
  const cluster = await clusterWith(file);
  const key = await cluster.create('p');
  await modify(cluster, key, [{ at: 'each', with: { each: '{"v":1}' } }], instancesOf(cluster, 'a'));
  const { elements, variables } = cluster.partition().state;
  const [body = NO_KEY, ...instances] = instancesOf(cluster, 'each');
  expect(elements.get(body)?.value.bpmnElementType).toBe('MULTI_INSTANCE_BODY');
  expect(variables.get(body, 'v')?.value).toBe('1');
  expect(instances).toHaveLength(2);
  await cluster.complete('each');
  await cluster.complete('each');
  expectNothingLeft(cluster);
});

test('an instance of which all is terminated is terminated itself', async () => {
  const cluster = await clusterWith(xml);
  const key = await cluster.create('p');
  await cluster.complete('a');
  await modify(cluster, key, [], instancesOf(cluster, 'b'));
  expect(cluster.elementsWith('ELEMENT_TERMINATED')).toEqual(['b', 'sub', 'p']);
  expectNothingLeft(cluster);
});

test('a called instance of which all is terminated ends its call activity, and what calls goes with it', async () => {
  const cluster = await clusterWith(
    definitions(
      process('parent', start(), callActivity('call', 'child'), end(), chain('start', 'call', 'end')),
      process('child', start('begin'), serviceTask('work'), end('done'), chain('begin', 'work', 'done')),
    ),
  );
  await cluster.create('parent');
  const called = cluster.events('JOB', 'CREATED')[0]?.value.processInstanceKey ?? NO_KEY;
  await modify(cluster, called, [], instancesOf(cluster, 'work'));
  expect(cluster.elementsWith('ELEMENT_TERMINATED')).toEqual(['work', 'child', 'call']);
  expect(cluster.partition().state.elements.size).toBe(0);
});

test('an instance of a multi-instance activity is entered, the activity without one is not', async () => {
  const loop = element(
    'multiInstanceLoopCharacteristics',
    {},
    extensions(zeebe('loopCharacteristics', { inputCollection: '= [1]', inputElement: 'item' })),
  );
  const repeated = element(
    'subProcess',
    { id: 'sub' },
    loop,
    start('inner'),
    serviceTask('b'),
    end('innerEnd'),
    chain('inner', 'b', 'innerEnd'),
  );
  const cluster = await clusterWith(
    processFile('p', start(), serviceTask('a'), repeated, end(), chain('start', 'a', 'sub', 'end')),
  );
  const key = await cluster.create('p');
  expect(await modify(cluster, key, [{ at: 'b' }])).toMatchObject({
    kind: 'rejected',
    reason: expect.stringContaining("in the multi-instance 'sub', which has no active instance"),
  });
  await cluster.complete('a');
  expect(await modify(cluster, key, [{ at: 'b' }])).toMatchObject({ kind: 'done' });
  await cluster.complete('b');
  await cluster.complete('b');
  expectNothingLeft(cluster);
});

test('what can not be done is refused with a reason, and nothing is changed', async () => {
  const cluster = await clusterWith(xml);
  const key = await cluster.create('p');
  const before = cluster.records.filter(({ recordType }) => recordType === 'EVENT').length;
  const reasons = await Promise.all([
    modify(cluster, 1n as Key, [{ at: 'c' }]),
    modify(cluster, key, [{ at: 'nowhere' }]),
    modify(cluster, key, [{ at: 'start' }]),
    modify(cluster, key, [{ at: 'c', in: 5n as Key }]),
    modify(cluster, key, [{ at: 'c', in: instancesOf(cluster, 'a')[0] ?? NO_KEY }]),
    modify(cluster, key, [{ at: 'c', with: { a: '{}' } }]),
    modify(cluster, key, [], [7n as Key]),
  ]);
  expect(
    reasons.map((reply) => (reply?.kind === 'rejected' ? reply.reason.replaceAll(/\d{6,}/g, '*') : reply)),
  ).toMatchInlineSnapshot(`
    [
      "Expected to modify process instance but no process instance found with key '1'",
      "Expected to modify instance of process 'p', but element 'nowhere' could not be found",
      "Expected to modify instance of process 'p', but 'start' is a START_EVENT, which can't be activated",
      "Expected to modify instance of process 'p', but ancestor '5' is no active element instance of this process instance",
      "Expected to modify instance of process 'p', but ancestor '*' is no flow scope of 'c'",
      "Expected to modify instance of process 'p', but variables of 'a' can't be set: it is neither 'c' nor a scope around it",
      "Expected to modify instance of process 'p', but element instance '7', which is to be terminated, could not be found in it",
    ]
  `);
  expect(cluster.records.filter(({ recordType }) => recordType === 'EVENT')).toHaveLength(before);
});

test('an instance starts at the elements that the client names', async () => {
  const cluster = await clusterWith(xml);
  const fields = { bpmnProcessId: 'p', variables: '{"x":1}' as Document };
  const create = (...ids: string[]) =>
    cluster.request('PROCESS_INSTANCE_CREATION', 'CREATE', NO_KEY, {
      ...fields,
      startInstructions: ids.map((elementId) => ({ elementId })),
    });
  expect(await create('nowhere')).toMatchObject({ kind: 'rejected', type: 'INVALID_ARGUMENT' });
  await create('c', 'a');
  expect(cluster.events('JOB', 'CREATED').map(({ value }) => value.type)).toEqual(['a', 'c']);
  expect(cluster.elementsWith('ELEMENT_ACTIVATED')).not.toContain('start');
  await cluster.complete('c');
  await cluster.complete('a');
  await cluster.complete('b');
  await cluster.complete('c');
  expectNothingLeft(cluster);
});

test('a scope that can not begin keeps what is to begin in it until its incident is resolved', async () => {
  const failing = element(
    'subProcess',
    { id: 'sub' },
    extensions(
      zeebe(
        'ioMapping',
        {},
        zeebe('input', { source: '= if x = 1 then 1 else (function(a) a)', target: 'inside' }),
      ),
    ),
    start('inner'),
    element('serviceTask', { id: 'c' }, extensions(job('c'))),
    end('innerEnd'),
    chain('inner', 'c', 'innerEnd'),
  );
  const cluster = await clusterWith(
    processFile('p', start(), serviceTask('a'), failing, end(), chain('start', 'a', 'sub', 'end')),
  );
  const key = await cluster.create('p');
  await modify(cluster, key, [{ at: 'c' }], instancesOf(cluster, 'a'));
  const [incident] = cluster.events('INCIDENT', 'CREATED');
  expect(incident?.value.elementId).toBe('sub');
  await cluster.request('VARIABLE_DOCUMENT', 'UPDATE', NO_KEY, {
    scopeKey: key,
    variables: '{"x":1}' as Document,
  });
  await cluster.request('INCIDENT', 'RESOLVE', incident?.key ?? NO_KEY);
  await cluster.complete('c');
  expectNothingLeft(cluster);
});
