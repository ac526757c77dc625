import { expect, test } from 'vitest';
import { chain, end, processFile, serviceTask, start } from '../../bpmn/bpmn.testkit.ts';
import { partitionOf } from '../../protocol/key.ts';
import { dumpState } from '../../state/dump.testkit.ts';
import { TestCluster } from '../../stream/cluster.testkit.ts';

const oneTask = processFile('p', start(), serviceTask('t'), end(), chain('start', 't', 'end'));

test('a deployment is answered when every partition has it, and instances run in each', async () => {
  const cluster = new TestCluster({ partitions: 3 });
  expect(await cluster.deploy(oneTask)).toMatchObject({ kind: 'outcome', outcome: { kind: 'done' } });
  for (const partition of [1, 2, 3]) {
    const key = await cluster.create('p', {}, partition);
    expect(partitionOf(key)).toBe(partition);
    await cluster.complete('t', {}, partition);
  }
  expect(cluster.elementsWith('ELEMENT_COMPLETED').filter((id) => id === 'p')).toHaveLength(3);
  expect(cluster.events('COMMAND_DISTRIBUTION', 'FINISHED')).toHaveLength(1);
  expect(cluster.partition(1).state.distributions.size).toBe(0);
  const deployed = cluster.partitions.map(({ state }) => dumpState(state)['processes']);
  expect(deployed[1]).toEqual(deployed[0]);
  expect(deployed[2]).toEqual(deployed[0]);
});

test('a partition that was not there when a deployment was sent gets it again', async () => {
  const cluster = new TestCluster({ partitions: 2 });
  cluster.partition(2).stop();
  expect(await cluster.deploy(oneTask)).toBeUndefined();
  cluster.restart('power');
  expect(cluster.events('COMMAND_DISTRIBUTION', 'FINISHED')).toHaveLength(1);
  expect(partitionOf(await cluster.create('p', {}, 2))).toBe(2);
});

test('a deployment that comes a second time is acknowledged and changes nothing', async () => {
  const cluster = new TestCluster({ partitions: 2 });
  await cluster.deploy(oneTask);
  const before = dumpState(cluster.partition(2).state);
  const sent = cluster.records.find(
    (record) =>
      record.partitionId === 2 && record.recordType === 'COMMAND' && record.valueType === 'DEPLOYMENT',
  );
  if (sent?.valueType !== 'DEPLOYMENT') throw new Error('not sent');
  const reply = await cluster.request('DEPLOYMENT', 'CREATE', sent.key, sent.value, 2);
  expect(reply).toMatchObject({ kind: 'rejected', type: 'ALREADY_EXISTS' });
  expect(dumpState(cluster.partition(2).state)).toEqual(before);
});
