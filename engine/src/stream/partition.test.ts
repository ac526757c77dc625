import { expect, test, vi } from 'vitest';
import { chain, element, end, processFile, serviceTask, start } from '../bpmn/bpmn.testkit.ts';
import { parseBpmn } from '../bpmn/parse-bpmn.ts';
import { NO_KEY } from '../protocol/key.ts';
import { dumpState } from '../state/dump.testkit.ts';
import { TestCluster } from './cluster.testkit.ts';

const oneTask = (id: string): string =>
  processFile(id, start(), serviceTask('t', `${id}-t`), end(), chain('start', 't', 'end'));

test('a fault is rolled back, noted, and bans the instance; everything else goes on', async () => {
  let isBroken = false;
  const cluster = new TestCluster({
    readResource: (resource) => {
      const xml = Buffer.from(resource, 'base64').toString('utf8');
      if (isBroken && xml.includes('id="bad"')) throw new Error('a bug of ours');
      return parseBpmn(xml);
    },
  });
  await cluster.deploy(oneTask('bad'));
  await cluster.deploy(oneTask('good'));
  const bad = await cluster.create('bad');
  await cluster.create('good');
  const [job = NO_KEY] = await cluster.activate('bad-t');
  isBroken = true;
  cluster.restart();
  const before = dumpState(cluster.partition().state);
  expect(await cluster.request('JOB', 'COMPLETE', job)).toMatchObject({
    kind: 'rejected',
    type: 'PROCESSING_ERROR',
    reason: expect.stringContaining('a bug of ours'),
  });
  expect(cluster.events('ERROR', 'CREATED')[0]?.value).toMatchObject({ processInstanceKey: bad });
  expect(dumpState(cluster.partition().state)).toEqual({ ...before, bannedInstances: [`["${bad}n",true]`] });
  expect(await cluster.request('JOB', 'COMPLETE', job)).toMatchObject({ type: 'INVALID_STATE' });
  cluster.time.advance(10_000); // its time-out is refused once and does not come again
  expect(
    cluster.records.filter(({ intent, recordType }) => intent === 'TIME_OUT' && recordType === 'COMMAND'),
  ).toHaveLength(1);
  await cluster.complete('good-t');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('good');
});

test('after a failed fsync nothing is answered as done until the partition is reopened, and nothing durable is lost', async () => {
  const cluster = new TestCluster();
  await cluster.deploy(oneTask('p'));
  await cluster.create('p');
  const before = dumpState(cluster.partition().state);
  cluster.disk.syncFailureChance = 1;
  const fields = { bpmnProcessId: 'p' };
  expect(await cluster.request('PROCESS_INSTANCE_CREATION', 'CREATE', NO_KEY, fields)).toMatchObject({
    kind: 'unknown',
    cause: { code: 'failed' },
  });
  expect(cluster.isOpen()).toBe(false);
  expect(() => cluster.reopen()).toThrow();
  cluster.disk.syncFailureChance = 0;
  cluster.disk.crash('power');
  cluster.restart();
  expect([0, 1]).toContain(cluster.partition().state.elements.size / 2 - 1);
  expect(dumpState(cluster.partition().state)['processes']).toEqual(before['processes']);
  await cluster.complete('p-t');
});

test('what follows from one command is spread over steps, and each is flushed with the others of its round', async () => {
  const cluster = new TestCluster({ limits: { commandsPerStepMax: 2, chainLengthMax: 100 } });
  const tasks = Array.from({ length: 10 }, (_, index) => `t${index}`);
  await cluster.deploy(
    processFile(
      'p',
      start(),
      ...tasks.map((id) => element('task', { id })),
      end(),
      chain('start', ...tasks, 'end'),
    ),
  );
  await cluster.create('p');
  expect(cluster.elementsWith('ELEMENT_COMPLETED')).toEqual(['start', ...tasks, 'end', 'p']);
  const positions = cluster.records.map(({ position }) => position);
  expect(positions).toEqual(positions.map((_, index) => index + 1));
});

test('steps that take long leave the rest to the next, and a round of them ends early with its flush', async () => {
  const cluster = new TestCluster();
  await cluster.deploy(oneTask('p'));
  const { time } = cluster;
  const rounds = vi.spyOn(time, 'soon');
  const createTen = () =>
    cluster.atOnce(async () => {
      for (let index = 0; index < 10; index += 1)
        await cluster.request('PROCESS_INSTANCE_CREATION', 'CREATE', NO_KEY, { bpmnProcessId: 'p' });
    });
  /** Kinds of the commands that the jobs' steps began with. */
  const sources = () => {
    const begins = new Set(cluster.events('JOB', 'CREATED').map((event) => event.sourceRecordPosition));
    const commands = cluster.records.filter(({ position }) => begins.has(position));
    return new Set(commands.map(({ valueType }) => valueType));
  };
  await createTen();
  expect(sources()).toEqual(new Set(['PROCESS_INSTANCE_CREATION']));
  expect(rounds).toHaveBeenCalledTimes(1);
  const now = time.now.bind(time);
  vi.spyOn(time, 'now').mockImplementation(() => {
    time.jump(60); // it is later with every look
    return now();
  });
  await createTen();
  expect(sources()).toContain('PROCESS_INSTANCE');
  expect(rounds.mock.calls.length).toBeGreaterThan(10);
  expect(cluster.partition().state.jobs.size).toBe(20);
});

test('a command whose consequences are too large for a batch is refused and leaves nothing', async () => {
  const cluster = new TestCluster({ limits: { batchBytesMax: 20_000 } });
  await cluster.deploy(oneTask('p'));
  const fields = { bpmnProcessId: 'p', variables: JSON.stringify({ text: 'x'.repeat(10_000) }) as never };
  expect(await cluster.request('PROCESS_INSTANCE_CREATION', 'CREATE', NO_KEY, fields)).toMatchObject({
    kind: 'rejected',
    type: 'EXCEEDED_BATCH_RECORD_SIZE',
  });
  expect(cluster.partition().state.elements.size).toBe(0);
  await cluster.create('p', { text: 'short' });
});

test('left-over commands are taken up after a restart in the middle of a chain', async () => {
  const cluster = new TestCluster({ limits: { commandsPerStepMax: 1, stepsPerFlushMax: 1 } });
  await cluster.deploy(oneTask('p'));
  cluster.disk.stopAfter(6);
  await cluster.request('PROCESS_INSTANCE_CREATION', 'CREATE', NO_KEY, { bpmnProcessId: 'p' });
  expect(cluster.elementsWith('ELEMENT_ACTIVATED')).not.toContain('t');
  cluster.restart('power');
  expect(cluster.partition().state.jobs.size).toBe(1);
  await cluster.complete('p-t');
  expect(cluster.elementsWith('ELEMENT_COMPLETED').at(-1)).toBe('p');
});
