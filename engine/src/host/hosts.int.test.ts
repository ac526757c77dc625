import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  chain,
  element,
  end,
  message,
  messageEvent,
  processFile,
  serviceTask,
  start,
} from '../bpmn/bpmn.testkit.ts';
import type { ExporterDescription } from '../export/exporter-description.ts';
import { type Engine, type EngineLimits, openEngine } from '../gateway/engine.ts';
import { temporaryDirectory } from '../log/file/testdata/temporary-directory.ts';
import { withRoots } from '../processing/events.testkit.ts';
import { NO_KEY, partitionOf } from '../protocol/key.ts';
import type { EngineRecord } from '../protocol/record.ts';

type Options = {
  readonly directory: string;
  readonly partitions?: number;
  readonly limits?: Partial<EngineLimits>;
  readonly exporters?: readonly ExporterDescription[];
  readonly onRecords?: (records: readonly EngineRecord[]) => void;
};

const hosts: readonly [name: string, open: (options: Options) => Promise<Engine>][] = [
  ['in this thread', async (options) => openEngine(options)],
  ['in threads', (options) => openEngine({ ...options, threads: true })],
];

const order = processFile('order', start(), serviceTask('pay'), end(), chain('start', 'pay', 'end'));
const paid = withRoots(
  [message('m', 'paid', '= order')],
  'paid',
  start(),
  element('intermediateCatchEvent', { id: 'wait' }, messageEvent('m')),
  end(),
  chain('start', 'wait', 'end'),
);
const files = [
  { name: 'order.bpmn', content: order },
  { name: 'paid.bpmn', content: paid },
];

const pay = { type: 'pay', maxJobs: 10, timeoutMs: 60_000 };

/** Completes jobs as they come, until the test is over. */
function work(engine: Engine): void {
  const stop = new AbortController();
  const worker = (async () => {
    for await (const { key } of engine.streamJobs(pay, stop.signal))
      await engine.completeJob(key, { paid: true });
  })().catch(() => {}); // the engine has closed
  onTestFinished(async () => {
    stop.abort();
    await worker;
  });
}

describe.each(hosts)('partitions %s', (_, open) => {
  async function opened(options: Partial<Options> = {}): Promise<Engine> {
    const engine = await open({ directory: temporaryDirectory(), ...options });
    onTestFinished(() => engine.close());
    return engine;
  }

  test('a worker that waits gets the jobs of all partitions, and the results are given', async () => {
    const engine = await opened({ partitions: 3 });
    await engine.deploy(files);
    work(engine);
    const results = await Promise.all(
      Array.from({ length: 30 }, (_unused, index) =>
        engine.createInstanceWithResult({ bpmnProcessId: 'order', variables: { index } }),
      ),
    );
    expect(results.map(({ variables }) => variables)).toEqual(
      results.map((_unused, index) => ({ index, paid: true })),
    );
    expect(new Set(results.map(({ processInstanceKey }) => partitionOf(processInstanceKey)))).toEqual(
      new Set([1, 2, 3]),
    );
    expect(engine.partitions.map(({ inFlight }) => inFlight)).toEqual([0, 0, 0]);
  });

  test('of workers that wait each gets a job when there is one for each', async () => {
    const engine = await opened();
    await engine.deploy(files);
    const waiting = [1, 2, 3, 4, 5].map(() => engine.activateJobs({ ...pay, maxJobs: 1, waitMs: 30_000 }));
    await Promise.all(waiting.map(() => engine.createInstance({ bpmnProcessId: 'order' })));
    const keys = (await Promise.all(waiting)).map(([job]) => job?.key);
    expect(new Set(keys).size).toBe(5);
    expect(keys).not.toContain(undefined);
  });

  test('a message finds its instance from one partition to another', async () => {
    const engine = await opened({ partitions: 3 });
    await engine.deploy(files);
    const results = ['a', 'b', 'c', 'd', 'e', 'f'].map(async (name) => {
      const result = engine.createInstanceWithResult({ bpmnProcessId: 'paid', variables: { order: name } });
      const request = { name: 'paid', correlationKey: name, timeToLiveMs: 60_000, variables: { by: name } };
      await engine.publishMessage(request);
      return (await result).variables;
    });
    expect((await Promise.all(results)).map(({ order, by }) => order === by)).toEqual(Array(6).fill(true));
  });

  test('beyond the limit requests are refused at once, and an awaited result does not count', async () => {
    const engine = await opened({ limits: { inFlightMax: 2 } });
    await engine.deploy(files);
    const result = engine.createInstanceWithResult({ bpmnProcessId: 'order' });
    const [job] = await engine.activateJobs({ ...pay, waitMs: 30_000 });
    await vi.waitFor(() => expect(engine.partitions[0]?.inFlight).toBe(0));
    const first = [1, 2].map(() => engine.createInstance({ bpmnProcessId: 'order' }));
    await expect(engine.createInstance({ bpmnProcessId: 'order' })).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      retryAfterMs: expect.any(Number),
    });
    if (job !== undefined) await engine.completeJob(job.key);
    await Promise.all([...first, result]);
  });

  test('a refusal says what was expected, and what is canceled is told to who awaits it', async () => {
    const engine = await opened({ partitions: 2 });
    await engine.deploy(files);
    await expect(engine.createInstance({ bpmnProcessId: 'none' })).rejects.toMatchObject({
      name: 'EngineError',
      code: 'NOT_FOUND',
      message: expect.stringContaining('Expected'),
    });
    const result = engine.createInstanceWithResult({ bpmnProcessId: 'order' });
    const [job] = await engine.activateJobs({ ...pay, waitMs: 30_000 });
    const refused = expect(result).rejects.toMatchObject({ code: 'TERMINATED' });
    await engine.cancelInstance(job?.processInstanceKey ?? NO_KEY);
    await refused;
    await expect(engine.completeJob(job?.key ?? NO_KEY)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('what is durable is told in order without holes, and a job outlives a restart', async () => {
    const directory = temporaryDirectory();
    const records: EngineRecord[] = [];
    const onRecords = (batch: readonly EngineRecord[]): void => void records.push(...batch);
    const before = await open({ directory, partitions: 2, onRecords });
    await before.deploy(files);
    for (const _unused of [1, 2]) await before.createInstance({ bpmnProcessId: 'order' });
    await before.close();
    const after = await opened({ directory, onRecords });
    expect(after.partitions).toHaveLength(2);
    const jobs = [await after.activateJobs(pay), await after.activateJobs(pay)].flat();
    expect(jobs).toHaveLength(2);
    for (const { key } of jobs) await after.completeJob(key, { amount: 3 });
    const ends = () => records.filter(({ intent, valueType }) => `${valueType} ${intent}` === ENDED);
    await vi.waitFor(() => expect(ends()).toHaveLength(8));
    for (const id of [1, 2]) {
      const positions = records
        .filter(({ partitionId }) => partitionId === id)
        .map(({ position }) => position);
      expect(positions).toEqual(positions.map((_unused, index) => index + 1));
    }
  });

  test('exporters bring over all records before the engine has closed, and say how they do', async () => {
    const exported = temporaryDirectory();
    const engine = await open({
      directory: temporaryDirectory(),
      partitions: 2,
      exporters: [{ id: 'files', kind: 'json-lines', directory: exported }],
    });
    await engine.deploy(files);
    await engine.createInstance({ bpmnProcessId: 'order' });
    await vi.waitFor(() => expect(engine.exporters.map(({ partitionId }) => partitionId)).toEqual([1, 2]));
    await engine.close();
    expect(engine.exporters.every(({ lagBytes }) => lagBytes === 0)).toBe(true);
    for (const name of readdirSync(exported)) {
      const lines = readFileSync(join(exported, name), 'utf8').trim().split('\n');
      expect(lines.map((line) => (JSON.parse(line) as EngineRecord).position)).toEqual(
        lines.map((_unused, index) => index + 1),
      );
    }
    expect(readdirSync(exported)).toHaveLength(2);
  });

  test('closing answers who waits, and lets go of the directory', async () => {
    const directory = temporaryDirectory();
    const engine = await open({ directory });
    await engine.deploy(files);
    const refused = [
      engine.createInstanceWithResult({ bpmnProcessId: 'order' }),
      engine.activateJobs({ ...pay, type: 'none', waitMs: 60_000 }),
    ].map((waiting) => expect(waiting).rejects.toMatchObject({ code: 'UNAVAILABLE' }));
    await engine.close();
    await Promise.all(refused);
    await expect(engine.createInstance({ bpmnProcessId: 'order' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await (await open({ directory })).close();
  });

  test('a directory has the number of partitions that it was created with', async () => {
    const directory = temporaryDirectory();
    await (await open({ directory, partitions: 3 })).close();
    const five = async (): Promise<Engine> => open({ directory, partitions: 5 });
    await expect(five()).rejects.toMatchObject({
      name: 'LogError',
      message: expect.stringMatching(/^Expected 3 partitions, as .* was created with, but got 5/),
    });
    const engine = await opened({ directory });
    expect(engine.partitions).toHaveLength(3);
  });
});

const ENDED = 'PROCESS_INSTANCE ELEMENT_COMPLETED';
