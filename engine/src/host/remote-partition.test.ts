import { expect, test } from 'vitest';
import { chain, end, processFile, serviceTask, start } from '../bpmn/bpmn.testkit.ts';
import { LogError, openFileLog } from '../log/index.ts';
import { SimulatedDisk } from '../log/simulated-disk.ts';
import type { CommandDraft } from '../processing/context.ts';
import { documentOf } from '../protocol/document.ts';
import { type Key, NO_KEY } from '../protocol/key.ts';
import type { EngineRecord } from '../protocol/record.ts';
import { type CommandIntent, type ValueOf, type ValueType, withDefaults } from '../protocol/value-types.ts';
import { ManualTime, TEST_LIMITS } from '../stream/cluster.testkit.ts';
import type { Reply } from '../stream/partition.ts';
import type { Port } from './port.ts';
import { RemotePartition } from './remote-partition.ts';
import { servePartition } from './serve-partition.ts';

const order = processFile('order', start(), serviceTask('pay'), end(), chain('start', 'pay', 'end'));

/** Two ends of a way on which frames arrive when time runs. */
function portPair(time: ManualTime): readonly [Port, Port] {
  const ends = [0, 1].map(() => ({ receive: (_: Uint8Array): void => {} }));
  const port = (mine: number): Port => ({
    post: (frame) => time.soon(() => ends[1 - mine]?.receive(frame)),
    listen: (receive) => {
      const me = ends[mine];
      if (me !== undefined) me.receive = receive;
    },
  });
  return [port(0), port(1)];
}

/** Both threads in this one, on a simulated disk. */
function bench() {
  const time = new ManualTime();
  const disk = new SimulatedDisk({ seed: 1 });
  const [ours, theirs] = portPair(time);
  const failures: string[] = [];
  const wakes: string[] = [];
  const records: EngineRecord[] = [];
  const remote = new RemotePartition({
    port: ours,
    defer: (run) => time.soon(run),
    onJobs: (type) => wakes.push(type),
    onRecords: (batch) => records.push(...batch),
    onSend: () => {},
    onFailure: (error) => failures.push(error.code),
    onProblem: () => {},
  });
  servePartition(theirs, {
    partitionId: 1,
    directory: '/engine',
    disk,
    clock: time,
    scheduler: time,
    limits: TEST_LIMITS,
    wantsRecords: true,
    defer: (run) => time.soon(run),
    openLog: () => openFileLog({ directory: '/engine', partitions: 1, disk }),
  });
  time.runAll();
  const request = async <V extends ValueType>(
    valueType: V,
    intent: CommandIntent<V>,
    fields: Partial<ValueOf<V>>,
    key: Key = NO_KEY,
  ): Promise<Reply | undefined> => {
    const draft = { valueType, intent, key, value: withDefaults(valueType, fields) } as CommandDraft;
    let reply: Reply | undefined;
    void remote.submit(draft).then((settled) => {
      reply = settled;
    });
    time.runAll();
    await Promise.resolve();
    return reply;
  };
  const deploy = () => {
    const resources = [{ resourceName: 'o.bpmn', resource: Buffer.from(order).toString('base64') }];
    return request('DEPLOYMENT', 'CREATE', { resources });
  };
  const create = () => {
    const variables = documentOf({ amount: 10 }, 1000);
    return request('PROCESS_INSTANCE_CREATION', 'CREATE', { bpmnProcessId: 'order', variables });
  };
  const activate = (max: number) =>
    request('JOB_BATCH', 'ACTIVATE', { type: 'pay', timeout: 1000, maxJobsToActivate: max });
  return { time, disk, remote, failures, wakes, records, deploy, create, activate };
}

test('a disk that fails is told, the outcome is unknown, and the partition opens again in the same thread', async () => {
  const { disk, remote, failures, time, deploy, create, records } = bench();
  await remote.opened;
  await deploy();
  disk.syncFailureChance = 1;
  expect(await create()).toMatchObject({ kind: 'unknown', cause: { name: 'LogError', code: 'failed' } });
  expect(failures).toEqual(['failed']);
  expect(remote.isOpen).toBe(false);
  const failing = expect(remote.reopen()).rejects.toMatchObject({ name: 'LogError', code: 'failed' });
  time.runAll();
  await failing;
  disk.syncFailureChance = 0;
  const reopened = remote.reopen();
  time.runAll();
  await reopened;
  expect(remote.isOpen).toBe(true);
  expect((await create())?.kind).toBe('done');
  expect(records.map(({ position }) => position)).toEqual(
    [...new Set(records.map(({ position }) => position))].toSorted((a, b) => a - b),
  );
});

test('whether there are jobs is known as of the last answer', async () => {
  const { remote, wakes, deploy, create, activate, time } = bench();
  await deploy();
  expect(remote.hasJobs('pay')).toBe(false);
  await create();
  await create();
  expect([remote.hasJobs('pay'), wakes.length]).toEqual([true, 2]);
  await activate(1);
  expect(remote.hasJobs('pay')).toBe(true);
  await activate(1);
  expect(remote.hasJobs('pay')).toBe(false);
  time.advance(1000); // both workers have lost theirs
  expect(remote.hasJobs('pay')).toBe(true);
});

test('when the thread ends, whoever waits is told that the outcome is unknown, and it is told once', async () => {
  const { remote, failures, deploy } = bench();
  await deploy();
  let taken = 0;
  const value = withDefaults('PROCESS_INSTANCE_CREATION', { bpmnProcessId: 'order' });
  const draft = { valueType: 'PROCESS_INSTANCE_CREATION', intent: 'CREATE', key: NO_KEY, value } as const;
  const waiting = remote.submit(draft, () => {
    taken += 1;
  });
  remote.end(new LogError('failed', 'The thread has ended'));
  remote.end(new LogError('failed', 'again'));
  expect(await waiting).toMatchObject({ kind: 'unknown', cause: { message: 'The thread has ended' } });
  expect((await remote.submit(draft)).kind).toBe('unknown');
  expect([taken, failures.length, remote.hasEnded]).toEqual([1, 1, true]);
  await remote.close();
});
