import { expect, test } from 'vitest';
import {
  chain,
  element,
  end,
  extensions,
  processFile,
  serviceTask,
  start,
  zeebe,
} from '../../bpmn/bpmn.testkit.ts';
import { NO_KEY } from '../../protocol/key.ts';
import { clusterWith, expectNothingLeft, variableOf } from '../events.testkit.ts';

function scriptTask(expression: string, ...more: readonly string[]) {
  const script = zeebe('script', { expression, resultVariable: 'sum' });
  return element('scriptTask', { id: 'script' }, extensions(script, ...more));
}

test('a script task sets its result variable', async () => {
  const cluster = await clusterWith(
    processFile('p', start(), scriptTask('= sum(items)'), end(), chain('start', 'script', 'end')),
  );
  await cluster.create('p', { items: [1, 2, 3] });
  expect(variableOf(cluster, 'sum')).toBe(6);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
  expectNothingLeft(cluster);
});

test('output mappings of a script task see its result, which then stays inside', async () => {
  const mapping = zeebe('ioMapping', {}, zeebe('output', { source: '= sum * 2', target: 'double' }));
  const cluster = await clusterWith(
    processFile(
      'p',
      start(),
      scriptTask('= 4', mapping),
      serviceTask('wait'),
      end(),
      chain('start', 'script', 'wait', 'end'),
    ),
  );
  const key = await cluster.create('p');
  expect([...cluster.partition().state.variables.of(key).keys()]).toEqual(['double']);
  expect(variableOf(cluster, 'double')).toBe(8);
});

test('a script that fails is an incident, and runs again when that is resolved', async () => {
  const mapping = zeebe('ioMapping', {}, zeebe('input', { source: '= x', target: 'y' }));
  const cluster = await clusterWith(
    processFile(
      'p',
      start(),
      scriptTask('= if y = null then (function(a) a) else y', mapping),
      end(),
      chain('start', 'script', 'end'),
    ),
  );
  const key = await cluster.create('p');
  const [incident] = cluster.events('INCIDENT', 'CREATED');
  expect(incident?.value).toMatchObject({ errorType: 'EXTRACT_VALUE_ERROR', elementId: 'script' });
  await cluster.request('VARIABLE_DOCUMENT', 'UPDATE', NO_KEY, {
    scopeKey: key,
    variables: '{"x":3}' as never,
  });
  await cluster.request('INCIDENT', 'RESOLVE', incident?.key ?? NO_KEY);
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
  expectNothingLeft(cluster);
});

test('a script task with a task definition is a job', async () => {
  const task = element(
    'scriptTask',
    { id: 'script' },
    extensions(zeebe('taskDefinition', { type: 'python' })),
  );
  const cluster = await clusterWith(processFile('p', start(), task, end(), chain('start', 'script', 'end')));
  await cluster.create('p');
  await cluster.complete('python');
  expectNothingLeft(cluster);
});

test.each(['', zeebe('userTask', {})])(
  'a user task is a job with headers for who may do it and until when (%s)',
  async (implementation) => {
    const task = element(
      'userTask',
      { id: 'approve' },
      extensions(
        implementation,
        zeebe('assignmentDefinition', {
          assignee: '= clerk',
          candidateGroups: 'sales, support',
          candidateUsers: '= [clerk, "bob"]',
        }),
        zeebe('taskSchedule', { dueDate: '= date and time("2030-01-01T00:00:00Z")' }),
        zeebe('formDefinition', { formKey: 'approval' }),
        zeebe('taskHeaders', {}, zeebe('header', { key: 'colour', value: 'red' })),
      ),
    );
    const cluster = await clusterWith(
      processFile('p', start(), task, end(), chain('start', 'approve', 'end')),
    );
    await cluster.create('p', { clerk: 'ann' });
    const [job] = cluster.events('JOB', 'CREATED');
    expect(job?.value).toMatchObject({ type: 'io.camunda.zeebe:userTask', retries: 1 });
    expect(JSON.parse(job?.value.customHeaders ?? '')).toEqual({
      colour: 'red',
      'io.camunda.zeebe:assignee': 'ann',
      'io.camunda.zeebe:candidateGroups': '["sales","support"]',
      'io.camunda.zeebe:candidateUsers': '["ann","bob"]',
      'io.camunda.zeebe:dueDate': '2030-01-01T00:00:00Z',
      'io.camunda.zeebe:formKey': 'approval',
    });
    await cluster.complete('io.camunda.zeebe:userTask', { ok: true });
    expect(variableOf(cluster, 'ok')).toBe(true);
    expectNothingLeft(cluster);
  },
);

test('an assignment that is no text is an incident', async () => {
  const task = element(
    'userTask',
    { id: 'approve' },
    extensions(zeebe('assignmentDefinition', { assignee: '= 1 + 1' })),
  );
  const cluster = await clusterWith(processFile('p', start(), task, end(), chain('start', 'approve', 'end')));
  await cluster.create('p');
  expect(cluster.events('INCIDENT', 'CREATED')[0]?.value).toMatchObject({ errorType: 'EXTRACT_VALUE_ERROR' });
});

test('without output mappings a result with the name of an input stays in the task', async () => {
  const mapping = zeebe('ioMapping', {}, zeebe('input', { source: '= 1', target: 'x' }));
  const task = element(
    'serviceTask',
    { id: 't' },
    extensions(zeebe('taskDefinition', { type: 't' }), mapping),
  );
  const cluster = await clusterWith(
    processFile('p', start(), task, serviceTask('after'), end(), chain('start', 't', 'after', 'end')),
  );
  const key = await cluster.create('p');
  await cluster.complete('t', { x: 2, y: 3 });
  expect([...cluster.partition().state.variables.of(key).keys()]).toEqual(['y']);
});
