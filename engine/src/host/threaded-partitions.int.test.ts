import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { chain, end, processFile, serviceTask, start } from '../bpmn/bpmn.testkit.ts';
import { DEFAULT_LIMITS, Engine, openEngine } from '../gateway/engine.ts';
import { temporaryDirectory } from '../log/file/testdata/temporary-directory.ts';
import { nodeDisk, openFileLog, ownLogDirectory } from '../log/index.ts';
import { decodeBatch } from '../protocol/batch-codec.ts';
import { partitionOf } from '../protocol/key.ts';
import type { EventRecord } from '../protocol/record.ts';
import { Reopening } from './reopening.ts';
import { type PartitionThread, startPartitionThread } from './start-thread.ts';
import { eventLoop, systemClock } from './system.ts';
import { openThreadedPartitions } from './threaded-partitions.ts';

const order = processFile('order', start(), serviceTask('pay'), end(), chain('start', 'pay', 'end'));
const files = [{ name: 'order.bpmn', content: order }];

/** An engine of two partitions whose threads can be ended. */
async function openMortal(directory: string, reopening?: Reopening) {
  const threads = new Map<number, PartitionThread>();
  const failures: string[] = [];
  const host = await openThreadedPartitions({
    ...ownLogDirectory(nodeDisk, directory, { kind: 'fixed', partitions: 2 }),
    directory,
    limits: DEFAULT_LIMITS,
    onFailure: (partitionId, error) => {
      failures.push(`${partitionId} ${error.code}: ${error.message}`);
      reopening?.note(partitionId, error);
    },
    startThread: (settings, onEnd) => {
      const thread = startPartitionThread(settings, onEnd);
      threads.set(settings.partitionId, thread);
      return thread;
    },
  });
  const engine = new Engine({}, host, reopening);
  onTestFinished(() => engine.close());
  return { engine, failures, end: (partitionId: number) => threads.get(partitionId)?.stop() };
}

/** How often the log has such an event of a job, by the key that it is asked for. */
async function countInLog(
  directory: string,
  intent: 'CREATED' | 'COMPLETED',
  keyOf: (job: EventRecord<'JOB'>) => bigint,
): Promise<ReadonlyMap<bigint, number>> {
  const log = openFileLog({ directory, partitions: 2 });
  const counts = new Map<bigint, number>();
  for (const reader of [log.reader(0), log.reader(1)]) {
    for (let from = reader.start; from < reader.end; ) {
      for (const { payload, next } of reader.read(from, 2 ** 20)) {
        from = next;
        for (const record of decodeBatch(payload).records) {
          if (record.valueType !== 'JOB' || record.intent !== intent) continue;
          const key = keyOf(record as EventRecord<'JOB'>);
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
      }
    }
  }
  await log.close();
  return counts;
}

test('a thread that ends under load loses nothing that was acknowledged, and does nothing twice', async () => {
  const directory = temporaryDirectory();
  const { engine, failures, end: endThread } = await openMortal(directory);
  await engine.deploy(files);
  const created = new Set<bigint>();
  const completed = new Set<bigint>();
  const codes = new Set<string>();
  let isOver = false;
  const note = (error: unknown): void => void codes.add((error as { readonly code: string }).code);
  const creators = Array.from({ length: 20 }, async () => {
    while (!isOver) {
      await engine
        .createInstance({ bpmnProcessId: 'order' })
        .then(({ processInstanceKey }) => created.add(processInstanceKey), note);
    }
  });
  const complete = async (maxJobs: number, waitMs: number): Promise<number> => {
    const request = { type: 'pay', maxJobs, timeoutMs: 600_000, waitMs };
    const jobs = await engine.activateJobs(request).catch((error: unknown) => {
      note(error);
      return [];
    });
    await Promise.all(jobs.map(({ key }) => engine.completeJob(key).then(() => completed.add(key), note)));
    return jobs.length;
  };
  const worker = (async () => {
    while (!isOver) await complete(10, 100);
  })();
  for (const [round, partitionId] of [2, 1, 2].entries()) {
    const sofar = created.size;
    await vi.waitFor(() => expect(created.size).toBeGreaterThan(sofar + 100), { timeout: 20_000 });
    await endThread(partitionId);
    await vi.waitFor(() => expect(failures).toHaveLength(round + 1));
    expect(engine.partitions[partitionId - 1]?.isOpen).toBe(false);
    await Promise.all([engine.reopen(partitionId), engine.reopen(partitionId)]);
    expect(engine.partitions.every(({ isOpen }) => isOpen)).toBe(true);
  }
  isOver = true;
  await Promise.all([...creators, worker]);
  while ((await complete(100, 0)) > 0);
  expect([...codes]).toEqual(['UNAVAILABLE']);
  expect(failures[0]).toMatch(/^2 failed: The thread of partition 2 has ended: /);
  expect(engine.partitions.map(({ inFlight }) => inFlight)).toEqual([0, 0]);
  await engine.close();
  const jobs = await countInLog(directory, 'CREATED', ({ value }) => value.processInstanceKey);
  expect([...created].filter((key) => jobs.get(key) !== 1)).toEqual([]);
  expect([...jobs.values()].filter((times) => times > 1)).toEqual([]);
  const completions = await countInLog(directory, 'COMPLETED', ({ key }) => key);
  expect([...completed].filter((key) => completions.get(key) !== 1)).toEqual([]);
  expect([...completions.values()].filter((times) => times > 1)).toEqual([]);
  expect(completed.size).toBeGreaterThan(200);
});

test('the other partitions go on while the thread of one is gone', async () => {
  const { engine, end: endThread } = await openMortal(temporaryDirectory());
  await engine.deploy(files);
  const awaited = engine.createInstanceWithResult({ bpmnProcessId: 'order' });
  const [job] = await engine.activateJobs({ type: 'pay', maxJobs: 1, timeoutMs: 60_000, waitMs: 30_000 });
  if (job === undefined) throw new Error('no job');
  const refused = expect(awaited).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await endThread(partitionOf(job.key));
  await refused;
  await expect(engine.completeJob(job.key)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  for (let n = 0; n < 2; n += 1) {
    const { processInstanceKey } = await engine.createInstance({ bpmnProcessId: 'order' });
    expect(partitionOf(processInstanceKey)).not.toBe(partitionOf(job.key));
  }
  await engine.reopen(partitionOf(job.key));
  await engine.completeJob(job.key);
});

test('a partition whose thread has ended gets another by itself', async () => {
  const reopening = new Reopening({ firstMs: 10, lastMs: 100, attemptsMax: 20 }, systemClock, eventLoop);
  const { engine, end: endThread } = await openMortal(temporaryDirectory(), reopening);
  await engine.deploy(files);
  const { processInstanceKey } = await engine.createInstance({ bpmnProcessId: 'order' });
  await endThread(partitionOf(processInstanceKey));
  // Who waits is woken when the partition is open again.
  const [job] = await engine.activateJobs({ type: 'pay', maxJobs: 1, timeoutMs: 60_000, waitMs: 30_000 });
  expect(job).toMatchObject({ processInstanceKey });
  expect(engine.partitions.map(({ isOpen, failure }) => ({ isOpen, failure }))).toEqual([
    { isOpen: true, failure: undefined },
    { isOpen: true, failure: undefined },
  ]);
});

test('an engine that can not open says why, and lets go of the directory', async () => {
  const directory = temporaryDirectory();
  await (await openEngine({ directory, partitions: 2, threads: true })).close();
  const [segment] = readdirSync(join(directory, 'partition-1')).filter((name) => name.endsWith('.log'));
  writeFileSync(
    join(directory, 'partition-1', String(segment)),
    'not a segment at all, but long enough to be one',
  );
  const corrupt = { name: 'LogError', code: 'corrupt' };
  await expect(openEngine({ directory, threads: true })).rejects.toMatchObject(corrupt);
  await expect(openEngine({ directory, threads: true })).rejects.toMatchObject(corrupt);
});

test('what can not be given to a thread is refused in words', async () => {
  const directory = temporaryDirectory();
  const create = () => ({}) as never;
  const functions = { directory, threads: true as const, exporters: [{ id: 'mine', create } as never] };
  await expect(openEngine(functions)).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining("Expected the exporter 'mine' to be described by a kind"),
  });
  const clock = { directory, threads: true as const, clock: { now: () => 0 } };
  await expect(openEngine(clock)).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('Expected no clock'),
  });
});

test("an exporter of one's own runs in the thread from its module", async () => {
  const out = temporaryDirectory();
  const module = join(out, 'exporter.mjs');
  writeFileSync(
    module,
    `import { appendFileSync } from 'node:fs';
     export default ({ path }) => {
       let positions = [];
       return {
         open: async () => undefined,
         export: ({ position }) => positions.push(position),
         get bufferedBytes() { return positions.length; },
         flush: async () => { appendFileSync(path, positions.join('\\n') + '\\n'); positions = []; return undefined; },
         close: async () => { positions = []; },
       };
     };`,
  );
  const path = join(out, 'positions');
  const problems: string[] = [];
  const engine = await openEngine({
    directory: temporaryDirectory(),
    threads: true,
    exporters: [
      { id: 'mine', kind: 'module', module, options: { path } },
      { id: 'none', kind: 'module', module: join(out, 'none.mjs') },
    ],
    closeWaitMs: 50,
    onProblem: ({ exporterId, reason }) => problems.push(`${exporterId}: ${reason}`),
  });
  await engine.deploy(files);
  await vi.waitFor(() =>
    expect(engine.exporters.find(({ id }) => id === 'mine')?.position).toBeGreaterThan(1),
  );
  await engine.close();
  expect(readdirSync(out)).toContain('positions');
  expect(problems[0]).toMatch(/^none: Cannot find module/);
});
