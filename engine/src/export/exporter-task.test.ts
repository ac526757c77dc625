import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FileLog, openFileLog } from '../log/index.ts';
import { SimulatedDisk } from '../log/simulated-disk.ts';
import { ManualTime } from '../stream/cluster.testkit.ts';
import { Outside, RecordWriter, settle } from './export.testkit.ts';
import { ExporterError, type RecordFilter } from './exporter.ts';
import type { ExporterPosition } from './exporter-positions.ts';
import { DEFAULT_EXPORTER_LIMITS, type ExporterLimits, ExporterTask } from './exporter-task.ts';

function setup(options: { filter?: RecordFilter; limits?: Partial<ExporterLimits> } = {}) {
  const log: FileLog = openFileLog({
    directory: '/log',
    partitions: 1,
    disk: new SimulatedDisk({ seed: 1 }),
    segmentBytes: 1000,
  });
  const time = new ManualTime();
  const outside = new Outside();
  const acknowledged: ExporterPosition[] = [];
  const failures: unknown[] = [];
  const { filter, limits } = options;
  const taskFrom = (from: ExporterPosition | undefined) =>
    new ExporterTask({
      partitionId: 1,
      definition: { id: 'outside', create: outside.create, ...(filter === undefined ? {} : { filter }) },
      reader: log.reader(0),
      from,
      limits: { ...DEFAULT_EXPORTER_LIMITS, sliceBytes: 300, ...limits },
      clock: time,
      scheduler: time,
      onAcknowledged: (position) => acknowledged.push(position),
      onFailed: (error) => failures.push(error),
      onRefused: () => {},
    });
  return { log, time, outside, acknowledged, failures, taskFrom, writer: new RecordWriter(log) };
}

test('records come in order and once, in as many flushes as limits ask for, and the memo comes back', async () => {
  const { time, outside, acknowledged, taskFrom, writer } = setup({ limits: { flushRecords: 3 } });
  writer.write(10);
  const task = taskFrom(undefined);
  task.wake();
  await settle(time);
  expect(outside.flushed).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(acknowledged.length).toBeGreaterThan(2);
  expect(task.status).toMatchObject({ position: 10, lagBytes: 0, failures: 0 });
  await task.close(0);
  writer.write(2);
  taskFrom(acknowledged.at(-1)).wake();
  await settle(time);
  expect(outside.flushed.slice(10)).toEqual([11, 12]);
  expect(outside.memos).toEqual([undefined, 'up to 10']);
});

test('whatever fails and whenever the engine is killed, every record comes in order at least once', async () => {
  const action = fc.oneof(
    fc.record({ do: fc.constant('write' as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ do: fc.constant('fail' as const), times: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant('kill' as const), lost: fc.nat(3) }),
    fc.record({ do: fc.constant('wait' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 15 }), async (actions) => {
      const { time, outside, acknowledged, taskFrom, writer } = setup({ limits: { flushRecords: 4 } });
      let failing = 0;
      outside.trouble = () => {
        if (failing === 0) return;
        failing -= 1;
        throw new Error('not now');
      };
      let task = taskFrom(undefined);
      let last = 0;
      for (const one of actions) {
        if (one.do === 'write') {
          last = writer.write(one.count);
          task.wake();
        } else if (one.do === 'fail') failing = one.times;
        else if (one.do === 'kill') {
          void task.close(0);
          time.advance(0);
          // Positions are saved now and then: the newest may be lost.
          acknowledged.splice(Math.max(0, acknowledged.length - one.lost));
          task = taskFrom(acknowledged.at(-1));
          task.wake();
        }
        await settle(time);
        if (one.do === 'wait') time.advance(1000);
      }
      failing = 0;
      for (let round = 0; round < 4; round += 1) {
        time.advance(40_000);
        task.wake();
        await settle(time);
      }
      expect(outside.firstHole).toBeUndefined();
      expect(Math.max(0, ...outside.flushed)).toBe(last);
      expect(task.status).toMatchObject({ position: last, lagBytes: 0, failures: 0 });
    }),
    { numRuns: process.env['THROUGHLINE_LONG'] === '1' ? 1000 : 40 },
  );
});

test('an exporter that hangs costs nothing but its lag, which is reported', async () => {
  const { time, outside, taskFrom, writer } = setup();
  outside.delay = new Promise(() => {});
  const task = taskFrom(undefined);
  writer.write(3);
  task.wake();
  await settle(time);
  const before = task.status.lagBytes;
  writer.write(3);
  task.wake();
  await settle(time);
  expect(task.status).toMatchObject({ position: 0, failures: 0 });
  expect(task.status.lagBytes).toBe(2 * before);
  const closed = task.close(2000);
  time.advance(2000);
  await closed;
});

test('a failure is tried again after a wait that doubles up to its maximum, or as long as the server says', async () => {
  const { time, outside, failures, taskFrom, writer } = setup({ limits: { retryMs: 100, retryMsMax: 400 } });
  const tried: number[] = [];
  const begin = time.now();
  outside.trouble = () => {
    tried.push(time.now() - begin);
    throw tried.length === 2 ? new ExporterError('busy', 350) : new Error('no');
  };
  writer.write(1);
  const task = taskFrom(undefined);
  task.wake();
  for (let step = 0; step < 30; step += 1) {
    await settle(time);
    time.advance(50);
  }
  expect(tried).toEqual([0, 100, 450, 850, 1250]);
  expect(failures).toHaveLength(5);
  expect(task.status).toMatchObject({ failures: 5, lastError: 'no' });
  outside.trouble = () => {};
  time.advance(400);
  await settle(time);
  expect(task.status).toMatchObject({ position: 1, failures: 0 });
});

test('records that nobody wants are passed over without a flush', async () => {
  const { time, outside, acknowledged, taskFrom, writer } = setup({ filter: { recordTypes: ['EVENT'] } });
  writer.write(5);
  const task = taskFrom(undefined);
  task.wake();
  await settle(time);
  expect(outside.flushed).toEqual([2, 4]);
  expect(acknowledged.at(-1)).toMatchObject({ position: 5 });
  const none = setup({ filter: { valueTypes: ['INCIDENT'] } });
  none.writer.write(5);
  none.outside.trouble = (doing) => expect(doing).toBe('open');
  none.taskFrom(undefined).wake();
  await settle(none.time);
  expect(none.acknowledged.at(-1)).toMatchObject({ position: 5 });
});

test('closing brings over what is there, as long as that goes well', async () => {
  const { time, outside, taskFrom, writer } = setup();
  const task = taskFrom(undefined);
  writer.write(30);
  const closed = task.close(2000);
  await settle(time);
  await closed;
  expect(outside.flushed).toHaveLength(30);
  const failing = setup();
  failing.outside.trouble = () => {
    throw new Error('no');
  };
  failing.writer.write(3);
  const other = failing.taskFrom(undefined);
  const ended = other.close(2000);
  await settle(failing.time);
  await ended;
  expect(failing.failures).toHaveLength(1);
});

test('what comes at whatever moment while it ends its work is not overlooked', async () => {
  for (let moment = 0; moment < 30; moment += 1) {
    const { time, outside, taskFrom, writer } = setup();
    const task = taskFrom(undefined);
    outside.trouble = async (doing) => {
      if (doing === 'open' || outside.flushed.length > 0) return;
      for (let step = 0; step < moment; step += 1) await Promise.resolve();
      writer.write(1);
      task.wake();
    };
    writer.write(1);
    task.wake();
    await settle(time);
    expect(outside.flushed, `moment ${moment}`).toEqual([1, 2]);
  }
});
