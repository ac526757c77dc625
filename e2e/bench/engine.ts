import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openEngine } from '@throughline/engine';
import { type EngineTarget, embedded, overRest, PROCESS, type Progress, VARIABLES } from './engine-target.ts';
import { note, report, withDirectory } from './figure.ts';

const WARM_UP = 2_000;
const INSTANCES = 12_000;
const REST_INSTANCES = 8_000;
/** Instances that are created and not yet completed, at most. */
const IN_FLIGHT = 128;
const WORKERS = 4;
const RESULTS = 1_500;
const FSYNCS = 500;
const STORED = process.env['THROUGHLINE_LONG'] === '1' ? 1_000_000 : 150_000;
const TAIL = 10_000;
const OPEN = 100_000;

/** Instances a second and latency, beside the disk's own fsync; what a restart and open instances cost. */
export async function benchEngine(): Promise<void> {
  const fsyncMs = await withDirectory(async (directory) => measureFsync(directory));
  report({
    name: 'engine.fsync-p50',
    value: fsyncMs.p50,
    unit: 'ms',
    note: 'a bare write of 4 KiB and fdatasync, in a row',
  });
  for (const partitions of [1, 3]) {
    await withDirectory(async (directory) => {
      const target = await embedded({ directory: join(directory, 'engine'), partitions });
      const name = partitions === 1 ? 'engine.instances' : 'engine.instances-3-partitions';
      await measureInstances(name, target, 'worker in the same process');
      if (partitions === 1) await measureResults('engine.create-with-result', target, fsyncMs.p50);
      await target.close();
    });
  }
  for (const partitions of [1, 3]) {
    await withDirectory(async (directory) => {
      const target = await embedded({ directory: join(directory, 'engine'), partitions, threads: true });
      const name = `engine.threads-${partitions}`;
      await measureInstances(`${name}.instances`, target, 'a thread for each partition');
      await measureResults(`${name}.create-with-result`, target, fsyncMs.p50);
      await target.close();
    });
  }
  await withDirectory(async (directory) => {
    const target = await overRest(join(directory, 'engine'));
    await measureInstances('engine.rest.instances', target, 'clients and workers over REST', REST_INSTANCES);
    await measureResults('engine.rest.create-with-result', target, fsyncMs.p50);
    await target.close();
  });
  await withDirectory((directory) => measureStartUp(join(directory, 'engine')));
  await withDirectory((directory) => measureMemory(join(directory, 'engine')));
}

/** Completed instances a second of a process with one service task. */
export async function measureInstances(
  name: string,
  target: EngineTarget,
  how: string,
  instances = INSTANCES,
): Promise<number> {
  const work = target.work(WORKERS);
  await createAll(target, work.progress, Math.min(WARM_UP, instances));
  const startMs = performance.now();
  await createAll(target, work.progress, work.progress.completed + instances);
  const rate = (instances / (performance.now() - startMs)) * 1000;
  await work.stop();
  report({
    name,
    value: rate,
    unit: 'instances/s',
    note: `one service task, ${IN_FLIGHT} in flight, every acknowledged command fsynced, ${how}`,
  });
  return rate;
}

/** Creates instances, only so many ahead of the workers, until so many are completed. */
async function createAll(target: EngineTarget, progress: Progress, until: number): Promise<void> {
  let created = progress.completed;
  const creator = async (): Promise<void> => {
    while (created < until) {
      created += 1;
      const number = created;
      await target.create();
      await progress.reached(number - IN_FLIGHT);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, creator));
  await progress.reached(until);
}

/** How long a client waits for an instance that runs through one service task, one after the other. */
export async function measureResults(
  name: string,
  target: EngineTarget,
  fsyncMs: number,
  results = RESULTS,
): Promise<number> {
  const work = target.work(1);
  const timesMs: number[] = [];
  for (let count = 0; count < results + results / 10; count += 1) {
    const startMs = performance.now();
    await target.createWithResult();
    if (count >= results / 10) timesMs.push(performance.now() - startMs);
  }
  await work.stop();
  const p50 = quantile(timesMs, 0.5);
  report({
    name: `${name}-p50`,
    value: p50,
    unit: 'ms',
    ratio: p50 / fsyncMs,
    against: 'bare fsync of the same run',
    note: 'one client, one worker: creation, activation and completion are three commits in a row',
  });
  report({ name: `${name}-p99`, value: quantile(timesMs, 0.99), unit: 'ms' });
  return p50;
}

/** From opening to the first answer, with this many completed instances behind: the last ones after the snapshot. */
async function measureStartUp(directory: string): Promise<void> {
  await completeInstances(await embedded({ directory }), STORED - TAIL);
  await completeInstances(await embedded({ directory, snapshots: false }), TAIL);
  const startMs = performance.now();
  const engine = openEngine({ directory });
  await engine.createInstance({ bpmnProcessId: 'order' });
  report({
    name: 'engine.start-up',
    value: performance.now() - startMs,
    unit: 'ms',
    note: `to the first answer after ${STORED} completed instances, the last ${TAIL} of them after the snapshot`,
  });
  await engine.close();
  await measureStartUpFromLog();
}

async function completeInstances(target: EngineTarget, count: number): Promise<void> {
  const work = target.work(WORKERS);
  await createAll(target, work.progress, count);
  await work.stop();
  await target.close();
}

/** Without any snapshot: the whole log is replayed. */
async function measureStartUpFromLog(): Promise<void> {
  await withDirectory(async (directory) => {
    const engine = openEngine({ directory, snapshots: false });
    await engine.deploy([{ name: 'order.bpmn', content: PROCESS }]);
    const instances = 10_000;
    await createOpen(engine, instances);
    await engine.close();
    const startMs = performance.now();
    const again = openEngine({ directory, snapshots: false });
    const elapsedMs = performance.now() - startMs;
    report({
      name: 'engine.replay',
      value: (instances / elapsedMs) * 1000,
      unit: 'instances/s',
      note: `creations of ${instances} open instances, read from the log without a snapshot`,
    });
    await again.close();
  });
}

async function measureMemory(directory: string): Promise<void> {
  const engine = openEngine({ directory });
  await engine.deploy([{ name: 'order.bpmn', content: PROCESS }]);
  await createOpen(engine, 1_000);
  const before = memory();
  await createOpen(engine, OPEN);
  const after = memory();
  const perInstance = (after.heap - before.heap) / OPEN;
  report({
    name: 'engine.memory-per-open-instance',
    value: perInstance,
    unit: 'bytes',
    note: `heap, over ${OPEN} instances that wait at a job, each with three variables`,
  });
  report({
    name: 'engine.resident-memory',
    value: after.resident / 2 ** 20,
    unit: 'MiB',
    note: `with ${OPEN} open instances`,
  });
  await engine.close();
}

async function createOpen(engine: ReturnType<typeof openEngine>, count: number): Promise<void> {
  let left = count;
  const creator = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await engine.createInstance({ bpmnProcessId: 'order', variables: VARIABLES });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, creator));
}

function memory(): { readonly heap: number; readonly resident: number } {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, resident: rss };
}

/** What the disk itself takes: nothing that is durable can be faster. */
export function measureFsync(directory: string): { readonly p50: number } {
  const file = openSync(join(directory, 'fsync'), 'w');
  const block = new Uint8Array(4096);
  const timesMs = Array.from({ length: FSYNCS }, () => {
    const startMs = performance.now();
    writeSync(file, block);
    fdatasyncSync(file);
    return performance.now() - startMs;
  });
  closeSync(file);
  note(`fsync: p50 ${quantile(timesMs, 0.5).toFixed(3)} ms, p99 ${quantile(timesMs, 0.99).toFixed(3)} ms`);
  return { p50: quantile(timesMs, 0.5) };
}

function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}
