import { expect, test } from 'vitest';
import { chain, element, end, serviceTask, start, type Xml } from '../../bpmn/bpmn.testkit.ts';
import { type Key, NO_KEY } from '../../protocol/key.ts';
import type { ProcessInstanceModificationValue } from '../../protocol/values/process-instance-modification.ts';
import type { TestCluster, TestClusterOptions } from '../../stream/cluster.testkit.ts';
import {
  broadcast,
  clusterWith,
  expectNothingLeft,
  signal,
  signalEvent,
  withRoots,
} from '../events.testkit.ts';

function handler(id: string, signalRef: string, isInterrupting: 'true' | 'false'): Xml {
  return element(
    'subProcess',
    { id, triggeredByEvent: 'true' },
    element('startEvent', { id: `${id}Start`, isInterrupting }, signalEvent(signalRef)),
    serviceTask(`${id}Task`),
    end(`${id}End`),
    chain(`${id}Start`, `${id}Task`, `${id}End`),
  );
}

const xml = withRoots(
  [signal('n', 'note'), signal('s', 'stop')],
  'p',
  start(),
  serviceTask('work'),
  end(),
  chain('start', 'work', 'end'),
  handler('beside', 'n', 'false'),
  handler('instead', 's', 'true'),
);

/** So many event sub-processes run beside the task: more than one step terminates. */
const BESIDE = 250;

const options: TestClusterOptions[] = [{}, { limits: { commandsPerStepMax: 1, stepsPerFlushMax: 2 } }];

async function crowded(how: TestClusterOptions): Promise<{ cluster: TestCluster; key: Key }> {
  const cluster = await clusterWith(xml, how);
  const key = await cluster.create('p');
  for (let count = 0; count < BESIDE; count += 1) await broadcast(cluster, 'note');
  expect(cluster.partition().state.children.of(key).size).toBe(BESIDE + 1);
  return { cluster, key };
}

function countOf(ids: readonly string[], id: string): number {
  return ids.filter((one) => one === id).length;
}

test.each(options)(
  'what interrupts a scope with hundreds of event sub-processes begins once, when the last of them has ended',
  async (how) => {
    const { cluster } = await crowded(how);
    await cluster.atOnce(async () => {
      await broadcast(cluster, 'stop');
      await broadcast(cluster, 'note'); // in between: nothing begins any more
      await broadcast(cluster, 'stop');
    });
    const terminated = cluster.elementsWith('ELEMENT_TERMINATED');
    expect(countOf(terminated, 'beside')).toBe(BESIDE);
    expect(countOf(terminated, 'work')).toBe(1);
    expect(cluster.events('PROCESS_INSTANCE_BATCH', 'TERMINATED')).toHaveLength(2);
    const last = cluster.records.findLastIndex(({ intent }) => intent === 'ELEMENT_TERMINATED');
    const begun = cluster.records.flatMap((record, index) => {
      const { valueType, intent, value } = record;
      return valueType === 'PROCESS_INSTANCE' &&
        intent === 'ELEMENT_ACTIVATING' &&
        value.elementId === 'instead'
        ? [index]
        : [];
    });
    expect(begun).toHaveLength(1);
    expect(begun[0]).toBeGreaterThan(last);
    cluster.restart();
    await cluster.complete('insteadTask');
    expect(cluster.elementsWith('ELEMENT_COMPLETED').slice(-2)).toEqual(['instead', 'p']);
    expectNothingLeft(cluster);
  },
);

test.each([2, 9, 21])(
  'a power loss after %i writes changes nothing of how a crowded scope is interrupted',
  async (writes) => {
    const { cluster } = await crowded({ limits: { commandsPerStepMax: 7, stepsPerFlushMax: 1 } });
    cluster.disk.stopAfter(writes);
    await broadcast(cluster, 'stop');
    expect(cluster.isOpen()).toBe(false);
    cluster.restart('power');
    if (cluster.elementsWith('ELEMENT_TERMINATED').length === 0) await broadcast(cluster, 'stop');
    const { elements } = cluster.partition().state;
    const left = [...elements.entries()].map(([, { value }]) => value.elementId);
    expect(left.sort()).toEqual(['instead', 'insteadTask', 'p']);
    await cluster.complete('insteadTask');
    expectNothingLeft(cluster);
  },
);

test.each(options)(
  'canceling an instance ends all that is beside its path, and what interrupts it',
  async (how) => {
    const { cluster, key } = await crowded(how);
    await cluster.atOnce(async () => {
      await broadcast(cluster, 'stop');
      await cluster.request('PROCESS_INSTANCE', 'CANCEL', key);
    });
    expect(countOf(cluster.elementsWith('ELEMENT_TERMINATED'), 'beside')).toBe(BESIDE);
    expect(cluster.elementsWith('ELEMENT_TERMINATED').at(-1)).toBe('p');
    expect(cluster.elementsWith('ELEMENT_COMPLETED')).not.toContain('p');
    expectNothingLeft(cluster);
  },
);

test('what has begun instead is left alone when the rest that was to be terminated has ended already', async () => {
  const cluster = await clusterWith(xml, { limits: { commandsPerStepMax: 1, stepsPerFlushMax: 2 } });
  const key = await cluster.create('p');
  const work = { elementId: 'work', ancestorScopeKey: NO_KEY, variableInstructions: [] };
  const modify = (changes: Partial<ProcessInstanceModificationValue>) =>
    cluster.request('PROCESS_INSTANCE_MODIFICATION', 'MODIFY', key, { processInstanceKey: key, ...changes });
  await modify({ activateInstructions: Array.from({ length: 150 }, () => work) });
  const [, ...others] = cluster.partition().state.children.of(key).keys();
  await cluster.atOnce(async () => {
    await modify({ terminateInstructions: others.map((elementInstanceKey) => ({ elementInstanceKey })) });
    await broadcast(cluster, 'stop');
  });
  const rest = cluster.records.findIndex(({ valueType }) => valueType === 'PROCESS_INSTANCE_BATCH');
  const restTaken = cluster.records.findIndex(
    ({ valueType, recordType }) => valueType === 'PROCESS_INSTANCE_BATCH' && recordType === 'EVENT',
  );
  const between = cluster.records
    .slice(rest, restTaken)
    .filter(({ intent }) => intent === 'ELEMENT_ACTIVATING');
  expect(between.map(({ value }) => 'elementId' in value && value.elementId)).toContain('instead');
  expect(countOf(cluster.elementsWith('ELEMENT_TERMINATED'), 'work')).toBe(151);
  expect(cluster.elementsWith('ELEMENT_TERMINATED')).not.toContain('instead');
  await cluster.complete('insteadTask');
  expectNothingLeft(cluster);
});
