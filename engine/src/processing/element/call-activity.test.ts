import { expect, test } from 'vitest';
import {
  boundary,
  callActivity,
  chain,
  definitions,
  element,
  end,
  extensions,
  process,
  serviceTask,
  start,
  type Xml,
  zeebe,
} from '../../bpmn/bpmn.testkit.ts';
import { NO_KEY } from '../../protocol/key.ts';
import { clusterWith, expectNothingLeft, variableOf } from '../events.testkit.ts';

const child = process(
  'child',
  start('begin'),
  serviceTask('work'),
  end('done'),
  chain('begin', 'work', 'done'),
);

function call(attributes: Readonly<Record<string, string>> = {}, ...content: readonly Xml[]): Xml {
  return element(
    'callActivity',
    { id: 'call' },
    extensions(zeebe('calledElement', { processId: 'child', ...attributes }), ...content),
  );
}

function parent(...content: readonly Xml[]): Xml {
  return process('parent', start(), ...content, end(), chain('start', 'call', 'end'));
}

test('a call activity runs the called process inside, with all variables both ways', async () => {
  const cluster = await clusterWith(definitions(parent(call()), child));
  const key = await cluster.create('parent', { x: 1 });
  const [, called] = cluster
    .events('PROCESS_INSTANCE', 'ELEMENT_ACTIVATED')
    .filter(({ value }) => value.bpmnElementType === 'PROCESS');
  const [callKey] = cluster
    .events('PROCESS_INSTANCE', 'ELEMENT_ACTIVATED')
    .filter(({ value }) => value.elementId === 'call')
    .map((event) => event.key);
  expect(called?.value).toMatchObject({
    bpmnProcessId: 'child',
    parentProcessInstanceKey: key,
    parentElementInstanceKey: callKey,
    flowScopeKey: NO_KEY,
    processInstanceKey: called?.key,
  });
  await cluster.complete('work', { y: 2 });
  const job = cluster.events('JOB_BATCH', 'ACTIVATED')[0]?.value.jobs[0];
  expect(JSON.parse(job?.variables ?? '')).toEqual({ x: 1 });
  expect(variableOf(cluster, 'y')).toBe(2);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-5)).toEqual([
    'done',
    'child',
    'call',
    'end',
    'parent',
  ]);
  expectNothingLeft(cluster);
});

test('with mappings and without propagation only what is mapped goes in and out', async () => {
  const mapping = zeebe(
    'ioMapping',
    {},
    zeebe('input', { source: '= x + 1', target: 'given' }),
    zeebe('output', { source: '= y * 10', target: 'result' }),
  );
  const attributes = { propagateAllChildVariables: 'false', propagateAllParentVariables: 'false' };
  const cluster = await clusterWith(
    definitions(
      process(
        'parent',
        start(),
        call(attributes, mapping),
        serviceTask('after'),
        end(),
        chain('start', 'call', 'after', 'end'),
      ),
      child,
    ),
  );
  const key = await cluster.create('parent', { x: 1 });
  await cluster.complete('work', { y: 2 });
  const job = cluster.events('JOB_BATCH', 'ACTIVATED')[0]?.value.jobs[0];
  expect(JSON.parse(job?.variables ?? '')).toEqual({ given: 2 });
  const names = [...cluster.partition().state.variables.of(key)].map(([name, { value }]) => [name, value]);
  expect(names).toEqual([
    ['x', '1'],
    ['result', '20'],
  ]);
});

test('a process that is not deployed is an incident, and called once it is', async () => {
  const cluster = await clusterWith(definitions(parent(call({ processId: '= name' }))));
  await cluster.create('parent', { name: 'child' });
  const [incident] = cluster.events('INCIDENT', 'CREATED');
  expect(incident?.value).toMatchObject({
    errorType: 'CALLED_ELEMENT_ERROR',
    errorMessage: "Expected process with BPMN process id 'child' to be deployed, but not found.",
  });
  await cluster.deploy(definitions(child));
  await cluster.request('INCIDENT', 'RESOLVE', incident?.key ?? NO_KEY);
  await cluster.complete('work');
  expectNothingLeft(cluster);
});

test('the newest version is called', async () => {
  const cluster = await clusterWith(definitions(parent(call()), child));
  await cluster.deploy(
    definitions(process('child', start(), serviceTask('newer'), end(), chain('start', 'newer', 'end'))),
  );
  await cluster.create('parent');
  await cluster.complete('newer');
  expectNothingLeft(cluster);
});

test('canceling the caller cancels the called; the called alone can not be canceled', async () => {
  const cluster = await clusterWith(definitions(parent(call()), child));
  const key = await cluster.create('parent');
  const called = cluster.events('JOB', 'CREATED')[0]?.value.processInstanceKey ?? NO_KEY;
  const refused = await cluster.request('PROCESS_INSTANCE', 'CANCEL', called);
  expect(refused).toMatchObject({
    kind: 'rejected',
    reason: expect.stringContaining(`root process instance '${key}'`),
  });
  await cluster.request('PROCESS_INSTANCE', 'CANCEL', key);
  expect(cluster.elementsWith('ELEMENT_TERMINATED')).toEqual(['work', 'child', 'call', 'parent']);
  expectNothingLeft(cluster);
});

test('an error that the called process does not catch goes on at the call activity', async () => {
  const cluster = await clusterWith(
    definitions(
      process(
        'parent',
        start(),
        call(),
        boundary('failed', 'call', element('errorEventDefinition', {})),
        end(),
        end('repaired'),
        chain('start', 'call', 'end'),
        chain('failed', 'repaired'),
      ),
      child,
    ),
  );
  await cluster.create('parent');
  const [job = NO_KEY] = await cluster.activate('work');
  await cluster.request('JOB', 'THROW_ERROR', job, { errorCode: 'e', variables: '{"why":"x"}' as never });
  expect(cluster.elementsWith('ELEMENT_TERMINATED')).toEqual(['work', 'child', 'call']);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('parent');
  expect(variableOf(cluster, 'why')).toBe('x');
  expectNothingLeft(cluster);
});

test('an incident in a called process tells the whole way to it', async () => {
  const cluster = await clusterWith(definitions(parent(call()), child));
  const key = await cluster.create('parent');
  const [job = NO_KEY] = await cluster.activate('work');
  await cluster.request('JOB', 'FAIL', job, { retries: 0 });
  const { elementInstancePath, processDefinitionPath, callingElementPath } =
    cluster.events('INCIDENT', 'CREATED')[0]?.value ?? {};
  expect(elementInstancePath).toHaveLength(2);
  expect(elementInstancePath?.[0]?.[0]).toBe(key);
  expect(elementInstancePath?.[1]).toHaveLength(2);
  expect(processDefinitionPath).toHaveLength(2);
  expect(callingElementPath).toEqual([0]);
});

test('a process that calls itself without end is stopped by an incident at the greatest depth', async () => {
  const endless = process(
    'endless',
    start(),
    call({ processId: 'endless' }),
    end(),
    chain('start', 'call', 'end'),
  );
  const cluster = await clusterWith(definitions(endless));
  const key = await cluster.create('endless', { x: 1 });
  const incidents = cluster.events('INCIDENT', 'CREATED').map(({ value }) => value);
  expect(incidents.map(({ errorType }) => errorType)).toEqual(['CALLED_ELEMENT_ERROR']);
  expect(incidents[0]?.elementInstancePath).toHaveLength(20);
  await cluster.request('PROCESS_INSTANCE', 'CANCEL', key);
  expectNothingLeft(cluster);
});

test('a call activity is repeated, and results of all calls come together', async () => {
  const loop = element(
    'multiInstanceLoopCharacteristics',
    {},
    extensions(
      zeebe('loopCharacteristics', {
        inputCollection: '= [1, 2]',
        inputElement: 'item',
        outputCollection: 'results',
        outputElement: '= y',
      }),
    ),
  );
  const cluster = await clusterWith(definitions(parent(callActivity('call', 'child', loop)), child));
  await cluster.create('parent');
  await cluster.complete('work', { y: 'a' });
  await cluster.complete('work', { y: 'b' });
  expect(variableOf(cluster, 'results')).toEqual(['a', 'b']);
  expectNothingLeft(cluster);
});
