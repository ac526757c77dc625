import { expect, test } from 'vitest';
import {
  boundary,
  callActivity,
  chain,
  definitions,
  element,
  end,
  message,
  messageEvent,
  process,
  processFile,
  serviceTask,
  start,
  timer,
} from '../bpmn/bpmn.testkit.ts';
import { parseBpmn } from '../bpmn/parse-bpmn.ts';
import { expectNothingLeft, publish } from '../processing/events.testkit.ts';
import { NO_KEY } from '../protocol/key.ts';
import { dumpState } from '../state/dump.testkit.ts';
import { TestCluster, type TestClusterOptions } from './cluster.testkit.ts';

const parent = processFile(
  'parent',
  start(),
  element('parallelGateway', { id: 'fork' }),
  callActivity('call', 'child'),
  serviceTask('beside'),
  end(),
  chain('start', 'fork', 'call', 'end'),
  chain('fork', 'beside', 'end'),
);

/** Two paths: a job with a timer at it, and a wait for a message. */
const child = definitions(
  message('paid', 'paid', '= order'),
  process(
    'child',
    start('begin'),
    element('parallelGateway', { id: 'split' }),
    serviceTask('work'),
    boundary('late', 'work', timer('timeDuration', 'PT1H')),
    element('intermediateCatchEvent', { id: 'wait' }, messageEvent('paid')),
    end('done'),
    chain('begin', 'split', 'work', 'done'),
    chain('split', 'wait', 'done'),
    chain('late', 'done'),
  ),
);

/** A fault of the engine in the called process, which is in the midst of its work; `root` is the caller's key. */
async function withFaultInChild(options: TestClusterOptions, root: 'parent' | 'child' = 'parent') {
  let isBroken = false;
  const cluster = new TestCluster({
    ...options,
    readResource: (resource) => {
      const xml = Buffer.from(resource, 'base64').toString('utf8');
      if (isBroken && xml.includes('id="child"')) throw new Error('a bug of ours');
      return parseBpmn(xml);
    },
  });
  await cluster.deploy(parent);
  await cluster.deploy(child);
  const rootKey = await cluster.create(root, { order: 'o-1' });
  const [job = NO_KEY] = await cluster.activate('work');
  isBroken = true;
  cluster.restart();
  await cluster.request('JOB', 'COMPLETE', job);
  expect(cluster.events('ERROR', 'CREATED')).toHaveLength(1);
  const mend = (): void => {
    isBroken = false;
    cluster.restart();
  };
  return { cluster, root: rootKey, mend };
}

const runs: TestClusterOptions[] = [{}, { limits: { commandsPerStepMax: 1 } }, { partitions: 3 }];

test.each(runs)(
  'canceling the caller ends what a fault has banned, with all it waits for (%j)',
  async (how) => {
    const { cluster, root } = await withFaultInChild(how);
    const called = cluster.events('ERROR', 'CREATED')[0]?.value.processInstanceKey ?? NO_KEY;
    expect(called).not.toBe(root);
    expect(await cluster.request('PROCESS_INSTANCE', 'CANCEL', called)).toMatchObject({ kind: 'rejected' });
    expect(await cluster.request('PROCESS_INSTANCE', 'CANCEL', root)).toMatchObject({ kind: 'done' });
    cluster.time.advance(10_000);
    expect(cluster.elementsWith('ELEMENT_TERMINATED').slice(-3)).toEqual(['child', 'call', 'parent']);
    expectNothingLeft(cluster);
  },
);

test.each(runs)(
  'only the instance with the fault stops, and its message goes to another (%j)',
  async (how) => {
    const { cluster, root, mend } = await withFaultInChild(how);
    await cluster.complete('beside');
    await publish(cluster, 'paid', 'o-1', { timeToLive: 60_000 });
    cluster.time.advance(20_000);
    expect(cluster.elementsWith('ELEMENT_COMPLETED')).not.toContain('wait');
    const records = cluster.records.length;
    cluster.time.advance(20_000);
    expect(cluster.records).toHaveLength(records); // nothing is sent again and again
    mend();
    await cluster.create('parent', { order: 'o-1' });
    expect(cluster.elementsWith('ELEMENT_COMPLETED')).toContain('wait');
    await cluster.request('PROCESS_INSTANCE', 'CANCEL', root);
    expect(cluster.partition().state.bannedInstances.size).toBe(0);
  },
);

test('a banned instance that nothing has called can be canceled itself, also after a restart', async () => {
  const { cluster, root } = await withFaultInChild({}, 'child');
  const before = dumpState(cluster.partition().state);
  cluster.restart();
  expect(dumpState(cluster.partition().state)).toEqual(before);
  expect(await cluster.request('PROCESS_INSTANCE', 'CANCEL', root)).toMatchObject({ kind: 'done' });
  cluster.restart();
  expectNothingLeft(cluster);
});
