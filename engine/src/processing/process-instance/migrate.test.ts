import { expect, test } from 'vitest';
import {
  boundary,
  chain,
  element,
  end,
  extensions,
  message,
  messageEvent,
  serviceTask,
  start,
  timer,
  type Xml,
  zeebe,
} from '../../bpmn/bpmn.testkit.ts';
import type { Document } from '../../protocol/document.ts';
import { type Key, NO_KEY } from '../../protocol/key.ts';
import { dumpState } from '../../state/dump.testkit.ts';
import type { TestCluster } from '../../stream/cluster.testkit.ts';
import type { Reply } from '../../stream/partition.ts';
import { clusterWith, expectNothingLeft, publish, withRoots } from '../events.testkit.ts';

const roots = [message('m', 'message', '= "k"')];
const file = (...content: readonly Xml[]): Xml => withRoots(roots, 'p', start(), ...content, end());

/** An instance of the first version, and the key of the second. */
async function between(
  first: Xml,
  second: Xml,
  variables: object = {},
): Promise<{ readonly cluster: TestCluster; readonly key: Key; readonly target: Key }> {
  const cluster = await clusterWith(first);
  const key = await cluster.create('p', variables);
  await cluster.deploy(second);
  const target = cluster.events('PROCESS', 'CREATED').at(-1)?.key ?? NO_KEY;
  return { cluster, key, target };
}

function migrate(
  cluster: TestCluster,
  processInstanceKey: Key,
  targetProcessDefinitionKey: Key,
  ids: Readonly<Record<string, string>>,
): Promise<Reply | undefined> {
  return cluster.request('PROCESS_INSTANCE_MIGRATION', 'MIGRATE', processInstanceKey, {
    processInstanceKey,
    targetProcessDefinitionKey,
    mappingInstructions: Object.entries(ids).map(([sourceElementId, targetElementId]) => ({
      sourceElementId,
      targetElementId,
    })),
  });
}

async function reasonOf(reply: Promise<Reply | undefined>): Promise<string> {
  const settled = await reply;
  if (settled?.kind !== 'rejected') throw new Error(`Not refused: ${JSON.stringify(settled?.kind)}`);
  return settled.reason.replaceAll(/\d{6,}/g, '*');
}

test('a task goes on as one of the newer version, with the job that its worker has', async () => {
  const { cluster, key, target } = await between(
    file(serviceTask('a'), chain('start', 'a', 'end')),
    file(serviceTask('b', 'a'), serviceTask('more'), chain('start', 'b', 'more', 'end')),
  );
  const [job = NO_KEY] = await cluster.activate('a');
  expect(await migrate(cluster, key, target, { a: 'b' })).toMatchObject({ kind: 'done' });
  expect(cluster.elementsWith('ELEMENT_MIGRATED')).toEqual(['p', 'b']);
  expect(cluster.events('JOB', 'MIGRATED')[0]?.value).toMatchObject({
    elementId: 'b',
    processDefinitionVersion: 2,
    processDefinitionKey: target,
  });
  await cluster.request('JOB', 'COMPLETE', job, { variables: '{"x":1}' as Document });
  await cluster.complete('more');
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).toEqual(['start', 'b', 'more', 'end', 'p']);
  expectNothingLeft(cluster);
});

test('messages and timers are waited for as before, by the events of the newer version', async () => {
  const attached = (name: string): Xml =>
    [
      serviceTask(name),
      boundary(`${name}Stopped`, name, messageEvent('m')),
      boundary(`${name}Late`, name, timer('timeDuration', 'PT1H'), { cancelActivity: 'false' }),
      chain('start', name, 'end'),
      chain(`${name}Stopped`, 'end'),
      chain(`${name}Late`, 'end'),
    ].join('');
  const { cluster, key, target } = await between(file(attached('a')), file(attached('b')));
  const ids = { a: 'b', aStopped: 'bStopped', aLate: 'bLate' };
  cluster.time.advance(30 * 60_000);
  expect(await migrate(cluster, key, target, ids)).toMatchObject({ kind: 'done' });
  const before = dumpState(cluster.partition().state);
  cluster.restart();
  expect(dumpState(cluster.partition().state)).toEqual(before);
  cluster.time.advance(31 * 60_000);
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).toContain('bLate');
  await publish(cluster, 'message', 'k');
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).toContain('bStopped');
  expectNothingLeft(cluster);
});

test('an incident goes with its element, and is resolved by the newer version', async () => {
  const task = (source: string): Xml =>
    element('serviceTask', { id: 'a' }, extensions(zeebe('taskDefinition', { type: source })));
  const { cluster, key, target } = await between(
    file(task('= missing'), chain('start', 'a', 'end')),
    file(task('found'), chain('start', 'a', 'end')),
  );
  await migrate(cluster, key, target, { a: 'a' });
  expect(cluster.events('INCIDENT', 'MIGRATED')[0]?.value.processDefinitionKey).toBe(target);
  await cluster.request('INCIDENT', 'RESOLVE', cluster.events('INCIDENT', 'CREATED')[0]?.key ?? NO_KEY);
  await cluster.complete('found');
  expectNothingLeft(cluster);
});

test('repetitions, scopes and tokens that wait at a join are migrated', async () => {
  const loop = element(
    'multiInstanceLoopCharacteristics',
    {},
    extensions(zeebe('loopCharacteristics', { inputCollection: '= [1, 2]', inputElement: 'item' })),
  );
  const content = (more: Xml): Xml =>
    [
      element('parallelGateway', { id: 'fork' }),
      serviceTask('a'),
      element(
        'subProcess',
        { id: 'sub' },
        loop,
        start('inner'),
        serviceTask('b'),
        end('innerEnd'),
        chain('inner', 'b', 'innerEnd'),
      ),
      element('parallelGateway', { id: 'join' }),
      more,
      chain('start', 'fork', 'a', 'join'),
      chain('fork', 'sub', 'join'),
    ].join('');
  const { cluster, key, target } = await between(
    file(content(''), chain('join', 'end')),
    file(content(serviceTask('more')), chain('join', 'more', 'end')),
  );
  await cluster.complete('a');
  await cluster.complete('b');
  expect(await migrate(cluster, key, target, { sub: 'sub', b: 'b' })).toMatchObject({ kind: 'done' });
  await cluster.complete('b');
  await cluster.complete('more');
  expectNothingLeft(cluster);
});

test('a mapping that is not sound is refused with the reason, and nothing is changed', async () => {
  const first = file(
    serviceTask('a'),
    boundary('late', 'a', timer('timeDuration', 'PT1H')),
    chain('start', 'a', 'end'),
    chain('late', 'end'),
  );
  const second = file(
    serviceTask('a'),
    element('userTask', { id: 'u' }),
    element(
      'subProcess',
      { id: 'sub' },
      start('inner'),
      serviceTask('b'),
      end('innerEnd'),
      chain('inner', 'b', 'innerEnd'),
    ),
    chain('start', 'a', 'u', 'sub', 'end'),
  );
  const { cluster, key, target } = await between(first, second);
  const before = dumpState(cluster.partition().state);
  const reasons = [
    await reasonOf(migrate(cluster, 1n as Key, target, {})),
    await reasonOf(migrate(cluster, key, 2n as Key, {})),
    await reasonOf(migrate(cluster, key, target, {})),
    await reasonOf(migrate(cluster, key, target, { nowhere: 'a' })),
    await reasonOf(migrate(cluster, key, target, { a: 'nowhere' })),
    await reasonOf(migrate(cluster, key, target, { a: 'u' })),
    await reasonOf(migrate(cluster, key, target, { a: 'b' })),
    await reasonOf(migrate(cluster, key, target, { a: 'a' })),
  ];
  expect(reasons).toMatchInlineSnapshot(`
    [
      "Expected to migrate process instance but no process instance found with key '1'",
      "Expected to migrate process instance to process definition but no process definition found with key '2'",
      "Expected to migrate process instance '*', but no mapping instruction was given for active element 'a'",
      "Expected to migrate process instance '*', but source element 'nowhere' could not be found",
      "Expected to migrate process instance '*', but target element 'nowhere' could not be found",
      "Expected to migrate process instance '*', but active element 'a' is mapped to 'u', but one is a SERVICE_TASK (UNSPECIFIED) and the other a USER_TASK (UNSPECIFIED)",
      "Expected to migrate process instance '*', but active element 'a' would change its flow scope from 'p' to 'sub'",
      "Expected to migrate process instance '*', but the events that 'a' waits for are not those of 'a'",
    ]
  `);
  expect(dumpState(cluster.partition().state)).toEqual(before);
});

test('what is on its way is not migrated', async () => {
  const content = file(serviceTask('a'), serviceTask('b'), chain('start', 'a', 'b', 'end'));
  const cluster = await clusterWith(content, { limits: { commandsPerStepMax: 1, stepsPerFlushMax: 1 } });
  const key = await cluster.create('p');
  await cluster.deploy(content.replace('bpmn:process id="p"', 'bpmn:process name="new" id="p"'));
  const target = cluster.events('PROCESS', 'CREATED').at(-1)?.key ?? NO_KEY;
  const [job = NO_KEY] = await cluster.activate('a');
  await cluster.atOnce(async () => {
    await cluster.request('JOB', 'COMPLETE', job);
    await migrate(cluster, key, target, { a: 'a', b: 'b' });
  });
  const refused = cluster.records.find(
    ({ recordType, valueType }) =>
      recordType === 'COMMAND_REJECTION' && valueType === 'PROCESS_INSTANCE_MIGRATION',
  );
  expect(refused?.rejectionReason).toContain('is going on at this moment: try again');
  expect(await migrate(cluster, key, target, { b: 'b' })).toMatchObject({ kind: 'done' });
  await cluster.complete('b');
  expectNothingLeft(cluster);
});

test('what a job has just brought is not lost: its element migrates once it has gone on', async () => {
  const first = file(serviceTask('a'), chain('start', 'a', 'end'));
  const cluster = await clusterWith(first, { limits: { commandsPerStepMax: 1, stepsPerFlushMax: 1 } });
  const keys = [await cluster.create('p'), await cluster.create('p')];
  await cluster.deploy(file(serviceTask('c'), chain('start', 'c', 'end')));
  const target = cluster.events('PROCESS', 'CREATED').at(-1)?.key ?? NO_KEY;
  const jobs = await cluster.activate('a');
  await cluster.atOnce(async () => {
    for (const job of jobs) {
      await cluster.request('JOB', 'COMPLETE', job, { variables: '{"x":1}' as Document });
    }
    await migrate(cluster, keys[1] ?? NO_KEY, target, { a: 'c' });
  });
  const refused = cluster.records.find(({ recordType }) => recordType === 'COMMAND_REJECTION');
  expect(refused?.rejectionReason).toContain("element 'a' is going on at this moment: try again");
  const brought = cluster.events('VARIABLE', 'CREATED').map(({ value }) => value.processInstanceKey);
  expect(brought).toEqual(keys);
  expectNothingLeft(cluster);
});
