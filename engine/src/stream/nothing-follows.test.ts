import { expect, test, vi } from 'vitest';
import { chain, end, processFile, serviceTask, start } from '../bpmn/bpmn.testkit.ts';
import { NO_KEY } from '../protocol/key.ts';
import { TestCluster } from './cluster.testkit.ts';

/** Kinds of commands from which nothing follows, as if their processors had forgotten to say so. */
const silent = vi.hoisted(() => new Set<string>());
vi.mock(import('../processing/processors.ts'), async (original) => {
  const { processCommand, ...rest } = await original();
  return {
    ...rest,
    processCommand: (context, command) =>
      silent.has(`${command.valueType} ${command.intent}`) ? undefined : processCommand(context, command),
  };
});

const order = processFile('p', start(), serviceTask('t'), end(), chain('start', 't', 'end'));

test('a command from a client from which nothing follows is answered, and bans no instance', async () => {
  const cluster = new TestCluster();
  await cluster.deploy(order);
  const instance = await cluster.create('p');
  silent.add('PROCESS_INSTANCE CANCEL');
  const reply = await cluster.request('PROCESS_INSTANCE', 'CANCEL', instance);
  silent.clear();
  expect(reply).toEqual({
    kind: 'rejected',
    type: 'INVALID_STATE',
    reason: 'Expected something to follow from PROCESS_INSTANCE CANCEL, but nothing was left to do',
  });
  expect(cluster.events('ERROR', 'CREATED')).toEqual([]);
  await cluster.complete('t');
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).toContain('p');
});

test('a command that was left over and from which nothing follows is noted as done, also after a restart', async () => {
  const cluster = new TestCluster({ limits: { commandsPerStepMax: 1 } });
  await cluster.deploy(order);
  silent.add('PROCESS_INSTANCE ACTIVATE_ELEMENT');
  await cluster.create('p');
  silent.clear();
  const last = cluster.records.at(-1);
  expect(last).toMatchObject({
    recordType: 'COMMAND_REJECTION',
    intent: 'ACTIVATE_ELEMENT',
    rejectionType: 'INVALID_STATE',
  });
  expect(cluster.partition().state.bannedInstances.size).toBe(0);
  const count = cluster.records.length;
  cluster.restart();
  expect(cluster.records).toHaveLength(count);
  expect(
    (await cluster.request('JOB_BATCH', 'ACTIVATE', NO_KEY, { type: 't', timeout: 1, maxJobsToActivate: 1 }))
      ?.kind,
  ).toBe('done');
});
