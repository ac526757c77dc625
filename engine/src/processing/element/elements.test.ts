import { expect, test } from 'vitest';
import {
  boundary,
  chain,
  element,
  end,
  extensions,
  flow,
  processFile,
  serviceTask,
  start,
  zeebe,
} from '../../bpmn/bpmn.testkit.ts';
import { NO_KEY } from '../../protocol/key.ts';
import { TestCluster } from '../../stream/cluster.testkit.ts';

async function clusterWith(xml: string): Promise<TestCluster> {
  const cluster = new TestCluster();
  await cluster.deploy(xml);
  return cluster;
}

function nothingIsLeft(cluster: TestCluster): void {
  const { elements, children, variables, takenFlows, triggers, jobs, incidents } = cluster.partition().state;
  const tables = { elements, children, variables, takenFlows, triggers, jobs, incidents };
  for (const [name, table] of Object.entries(tables)) expect([name, table.size]).toEqual([name, 0]);
}

test('a parallel gateway forks into all flows and joins when all have come', async () => {
  const cluster = await clusterWith(
    processFile(
      'p',
      start(),
      element('parallelGateway', { id: 'fork' }),
      serviceTask('a'),
      serviceTask('b'),
      element('parallelGateway', { id: 'join' }),
      end(),
      chain('start', 'fork', 'a', 'join', 'end'),
      chain('fork', 'b', 'join'),
    ),
  );
  await cluster.create('p');
  await cluster.complete('a', { a: 1 });
  expect(cluster.elementsWith('ELEMENT_ACTIVATED')).not.toContain('join');
  await cluster.complete('b', { b: 2 });
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-3)).toEqual(['join', 'end', 'p']);
  expect(cluster.elementsWith('ELEMENT_ACTIVATED').filter((id) => id === 'join')).toHaveLength(1);
  nothingIsLeft(cluster);
});

const choice = processFile(
  'p',
  start(),
  element('exclusiveGateway', { id: 'how', default: 'how-small' }),
  serviceTask('big'),
  serviceTask('small'),
  end(),
  chain('start', 'how', 'small', 'end'),
  flow('how', 'big', '= isBig'),
  flow('big', 'end'),
);

test('an exclusive gateway takes the first flow whose condition holds, else the default', async () => {
  const cluster = await clusterWith(choice);
  await cluster.create('p', { isBig: true });
  await cluster.create('p', { isBig: false });
  expect(cluster.events('JOB', 'CREATED').map(({ value }) => value.type)).toEqual(['big', 'small']);
});

test('a condition that is no boolean is an incident, and the corrected one goes on when it is resolved', async () => {
  const cluster = await clusterWith(choice);
  const key = await cluster.create('p', { isBig: 'many' });
  const [incident] = cluster.events('INCIDENT', 'CREATED');
  expect(incident?.value).toMatchObject({ errorType: 'EXTRACT_VALUE_ERROR', elementId: 'how' });
  const incidentKey = incident?.key ?? NO_KEY;
  await cluster.request('INCIDENT', 'RESOLVE', incidentKey);
  expect(cluster.events('INCIDENT', 'CREATED')).toHaveLength(2);
  await cluster.request('VARIABLE_DOCUMENT', 'UPDATE', NO_KEY, {
    scopeKey: key,
    variables: '{"isBig":true}' as never,
  });
  await cluster.request('INCIDENT', 'RESOLVE', cluster.events('INCIDENT', 'CREATED')[1]?.key ?? NO_KEY);
  await cluster.complete('big');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
  nothingIsLeft(cluster);
});

const nested = processFile(
  'p',
  start(),
  element(
    'subProcess',
    { id: 'sub' },
    start('inner'),
    serviceTask('work'),
    end('innerEnd'),
    chain('inner', 'work', 'innerEnd'),
  ),
  boundary('failed', 'sub', element('errorEventDefinition', {})),
  end(),
  end('repaired'),
  chain('start', 'sub', 'end'),
  chain('failed', 'repaired'),
);

test('a sub-process completes with its last path, and the process goes on', async () => {
  const cluster = await clusterWith(nested);
  await cluster.create('p');
  await cluster.complete('work', { x: 1 });
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-4)).toEqual(['innerEnd', 'sub', 'end', 'p']);
  nothingIsLeft(cluster);
});

test('an error thrown by a worker ends the scope that catches it and goes on at the boundary event', async () => {
  const cluster = await clusterWith(nested);
  await cluster.create('p');
  const [job = NO_KEY] = await cluster.activate('work');
  await cluster.request('JOB', 'THROW_ERROR', job, {
    errorCode: 'broken',
    variables: '{"why":"x"}' as never,
  });
  expect(cluster.elementsWith('ELEMENT_TERMINATED')).toEqual(['work', 'sub']);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-3)).toEqual(['failed', 'repaired', 'p']);
  expect(cluster.events('VARIABLE', 'CREATED').map(({ value }) => value.name)).toEqual(['why']);
  nothingIsLeft(cluster);
});

test('canceling an instance terminates what is inside first and takes its jobs back', async () => {
  const cluster = await clusterWith(nested);
  const key = await cluster.create('p');
  await cluster.request('PROCESS_INSTANCE', 'CANCEL', key);
  expect(cluster.elementsWith('ELEMENT_TERMINATED')).toEqual(['work', 'sub', 'p']);
  expect(cluster.events('JOB', 'CANCELED')).toHaveLength(1);
  nothingIsLeft(cluster);
  expect(await cluster.request('PROCESS_INSTANCE', 'CANCEL', key)).toMatchObject({
    kind: 'rejected',
    type: 'NOT_FOUND',
  });
});

test('input and output mappings keep the variables of a task apart from those of the process', async () => {
  const mappings = zeebe(
    'ioMapping',
    {},
    zeebe('input', { source: '=order.id', target: 'id' }),
    zeebe('output', { source: '=id + "-" + result', target: 'done.text' }),
  );
  const cluster = await clusterWith(
    processFile(
      'p',
      start(),
      element('serviceTask', { id: 't' }, extensions(zeebe('taskDefinition', { type: 't' }), mappings)),
      serviceTask('after'),
      end(),
      chain('start', 't', 'after', 'end'),
    ),
  );
  const key = await cluster.create('p', { order: { id: 'o1' } });
  await cluster.complete('t', { result: 'ok' });
  const { variables } = cluster.partition().state;
  expect([...variables.of(key)].map(([name, { value }]) => [name, value])).toEqual([
    ['order', '{"id":"o1"}'],
    ['done', '{"text":"o1-ok"}'],
  ]);
});

test('a loop that never waits is stopped by an incident, and other instances are not held up', async () => {
  const cluster = await clusterWith(
    processFile(
      'loop',
      start(),
      element('exclusiveGateway', { id: 'again' }),
      element('task', { id: 'step' }),
      chain('start', 'again', 'step', 'again'),
    ),
  );
  await cluster.deploy(processFile('p', start(), serviceTask('t'), end(), chain('start', 't', 'end')));
  await cluster.create('loop');
  await cluster.create('p');
  expect(cluster.events('INCIDENT', 'CREATED').map(({ value }) => value.errorType)).toEqual([
    'STEP_LIMIT_EXCEEDED',
  ]);
  await cluster.complete('t');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
});

test('a scope does not end while something is active inside of it', async () => {
  const cluster = await clusterWith(
    processFile('p', start(), serviceTask('a'), end(), chain('start', 'a', 'end')),
  );
  const key = await cluster.create('p');
  const value = cluster.partition().state.elements.get(key)?.value ?? {};
  const reply = await cluster.request('PROCESS_INSTANCE', 'COMPLETE_ELEMENT', key, value);
  expect(reply).toMatchObject({ kind: 'rejected', type: 'INVALID_STATE' });
  await cluster.complete('a');
  nothingIsLeft(cluster);
});

test('what can not be executed is refused at deployment with the element', async () => {
  const cluster = new TestCluster();
  const reply = await cluster.tryToDeploy('<not bpmn');
  expect(reply).toMatchObject({ kind: 'rejected', type: 'INVALID_ARGUMENT' });
});
