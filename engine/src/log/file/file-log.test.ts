import { expect, test } from 'vitest';
import { LOG_START, type LogPosition, type LogReader, logPosition } from '../index.ts';
import { SimulatedDisk } from '../simulated-disk.ts';
import { openFileLog, openFileLogReader } from './file-log.ts';
import { SEGMENT_HEADER_BYTES, writeSegmentHeader } from './segment.ts';

const text = (record: { readonly payload: Uint8Array }): string => Buffer.from(record.payload).toString();
const texts = (reader: LogReader, from = reader.start): string[] => reader.read(from, 1e6).map(text);

function simulated(seed = 1) {
  const disk = new SimulatedDisk({ seed });
  return { disk, options: { directory: '/log', partitions: 1, disk } };
}

/** A log with one record a segment. */
async function oneRecordSegments(records: readonly string[], seed = 1) {
  const { disk, options } = simulated(seed);
  const small = { ...options, segmentBytes: 64 };
  const log = openFileLog(small);
  for (const record of records) await log.appender(0).append(Buffer.from(record));
  return { disk, options: small, log };
}

function overwrite(disk: SimulatedDisk, path: string, content: Uint8Array, offset: number): void {
  const file = disk.open(path, 'update');
  file.write([content], offset);
  file.sync();
}

test('records come back in the order of their appends, with positions to read on from', async () => {
  const log = openFileLog(simulated().options);
  const appends = ['a', '', 'ccc'].map((payload) => log.appender(0).append(Buffer.from(payload)));
  const positions = await Promise.all(appends);
  const reader = log.reader(0);
  const records = reader.read(LOG_START, 1e6);
  expect(records.map(text)).toEqual(['a', '', 'ccc']);
  expect(records.map(({ position }) => position)).toEqual(positions);
  expect(records.at(-1)?.next).toBe(log.appender(0).durableEnd);
  expect(reader.read(reader.end, 1e6)).toEqual([]);
  expect(texts(reader, records[1]?.next)).toEqual(['ccc']);
});

test('appends of one turn share one fsync', async () => {
  const { disk, options } = simulated();
  const log = openFileLog(options);
  disk.stopAfter(2); // one write, one sync
  const appends = Array.from({ length: 100 }, () => log.appender(0).append(Buffer.from('x')));
  await expect(Promise.all(appends)).resolves.toHaveLength(100);
});

test('a read gives about the bytes asked for, but one record at least', async () => {
  const log = openFileLog(simulated().options);
  await Promise.all([100, 100, 100, 5000].map((size) => log.appender(0).append(Buffer.alloc(size))));
  const reader = log.reader(0);
  expect(reader.read(LOG_START, 0)).toHaveLength(1);
  const two = reader.read(LOG_START, 230);
  expect(two).toHaveLength(2);
  const rest = reader.read(two[1]?.next ?? LOG_START, 150);
  expect(rest).toHaveLength(1);
  expect(reader.read(rest[0]?.next ?? LOG_START, 150).map(({ payload }) => payload.length)).toEqual([5000]);
});

test('partitions are independent', async () => {
  const log = openFileLog({ ...simulated().options, partitions: 2 });
  await log.appender(1).append(Buffer.from('one'));
  expect(texts(log.reader(0))).toEqual([]);
  expect(texts(log.reader(1))).toEqual(['one']);
  expect(() => log.appender(2)).toThrow('There is no partition 2; the log has 0 to 1');
});

test('a record over the limit is refused, one over the queue bound waits for its turn alone', async () => {
  const { options } = simulated();
  const log = openFileLog({ ...options, maxRecordBytes: 1000, maxQueuedBytes: 500 });
  const appender = log.appender(0);
  await expect(appender.append(Buffer.alloc(1001))).rejects.toMatchObject({ code: 'too-large' });
  const alone = appender.append(Buffer.alloc(1000));
  await expect(appender.append(Buffer.alloc(1))).rejects.toMatchObject({ code: 'full' });
  await alone;
  await appender.append(Buffer.alloc(1));
});

test('a failed fsync closes the partition until it is reopened; readers go on', async () => {
  const { disk, options } = simulated();
  const log = openFileLog({ ...options, partitions: 2 });
  await log.appender(0).append(Buffer.from('before'));
  const reader = log.reader(0);
  disk.syncFailureChance = 1;
  const pending = ['a', 'b'].map((payload) => log.appender(0).append(Buffer.from(payload)));
  for (const append of pending) await expect(append).rejects.toMatchObject({ code: 'failed' });
  disk.syncFailureChance = 0;
  await expect(log.appender(0).append(Buffer.from('c'))).rejects.toMatchObject({ code: 'failed' });
  expect(log.appender(0).failure?.message).toContain('/log/partition-0/0000000000000000.log');
  expect(texts(reader)).toEqual(['before']);
  await log.appender(1).append(Buffer.from('the other goes on'));
  await log.reopen(0).append(Buffer.from('after'));
  expect(texts(reader)).toContain('after');
  expect(log.appender(0).failure).toBeUndefined();
});

test('reopening refuses when records that were durable are gone', async () => {
  const { disk, options } = simulated();
  const log = openFileLog(options);
  await log.appender(0).append(Buffer.from('lost'));
  disk.open(disk.paths[0] ?? '', 'update').truncate(SEGMENT_HEADER_BYTES);
  const corrupt = expect.objectContaining({
    code: 'corrupt',
    message: expect.stringContaining('durable up to 32'),
  });
  expect(() => log.reopen(0)).toThrow(corrupt);
  await expect(log.appender(0).append(Buffer.from('x'))).rejects.toMatchObject({ code: 'closed' });
});

test('closing writes what waits, then refuses', async () => {
  const { options } = simulated();
  const log = openFileLog(options);
  const appender = log.appender(0);
  const reader = log.reader(0);
  const waiting = appender.append(Buffer.from('last'));
  await log.close();
  await waiting;
  await expect(appender.append(Buffer.from('late'))).rejects.toMatchObject({ code: 'closed' });
  expect(() => reader.read(LOG_START, 1)).toThrow(expect.objectContaining({ code: 'closed' }));
  expect(() => log.reader(0)).toThrow('The log is closed');
  expect(texts(openFileLog(options).reader(0))).toEqual(['last']);
});

test('truncation deletes whole segments only, and readers behind it are told', async () => {
  const { disk, log } = await oneRecordSegments(['a', 'b', 'c', 'd']);
  const reader = log.reader(0);
  const [first, second, third] = reader.read(LOG_START, 1).concat(reader.read(29 as LogPosition, 1));
  expect(third).toBeUndefined();
  log.truncateBefore(0, ((second?.next ?? 0) - 1) as LogPosition);
  expect(reader.start).toBe(first?.next);
  log.truncateBefore(0, reader.end);
  expect(disk.paths).toHaveLength(1);
  expect(texts(reader)).toEqual(['d']);
  const stale = (): unknown => reader.read(LOG_START, 1);
  expect(stale).toThrow(expect.objectContaining({ code: 'truncated' }));
});

test('a reader that meets a truncation half way is told so, not that the log is corrupt', async () => {
  const { disk, log } = await oneRecordSegments(['a', 'b', 'c']);
  const reader = log.reader(0);
  const open = disk.open.bind(disk);
  disk.open = (path, mode) => {
    disk.open = open;
    log.truncateBefore(0, reader.end);
    return open(path, mode);
  };
  expect(() => reader.read(LOG_START, 1)).toThrow(expect.objectContaining({ code: 'truncated' }));
});

test('a power loss during truncation leaves no gap', async () => {
  for (let seed = 0; seed < 60; seed += 1) {
    const { disk, options, log } = await oneRecordSegments(['a', 'b', 'c', 'd', 'e'], seed);
    disk.stopAfter(seed % 8);
    const truncate = (): void => log.truncateBefore(0, log.reader(0).end);
    if (seed % 8 < 7) expect(truncate).toThrow();
    disk.crash('power');
    const kept = openFileLog(options).reader(0);
    const count = (kept.end - kept.start) / 29;
    expect(['a', 'b', 'c', 'd', 'e'].slice(-count), `seed ${seed}`).toContain(texts(kept)[0]);
  }
});

test('a position that this log never reached is refused', async () => {
  const log = openFileLog(simulated().options);
  const reader = log.reader(0);
  const ahead = expect.objectContaining({ code: 'ahead' });
  expect(() => reader.read(logPosition(5), 1)).toThrow(ahead);
  await expect(reader.waitFor(logPosition(5), new AbortController().signal)).rejects.toThrow(ahead);
  expect(() => logPosition(-1)).toThrow(expect.objectContaining({ code: 'invalid' }));
});

test('a position inside a record is refused', async () => {
  const log = openFileLog(simulated().options);
  await log.appender(0).append(Buffer.from('payload'));
  const inside = (): unknown => log.reader(0).read(logPosition(3), 100);
  expect(inside).toThrow('no record starts there');
});

test('damage in an earlier segment is found when it is read, a wrong length when it is opened', async () => {
  const { disk, options, log } = await oneRecordSegments(['a', 'b', 'c']);
  const middle = disk.paths[1] ?? '';
  overwrite(disk, middle, Buffer.from('X'), SEGMENT_HEADER_BYTES + 28);
  const place = { segment: middle, offset: SEGMENT_HEADER_BYTES };
  expect(texts(log.reader(0))).toEqual(['a']);
  expect(() => texts(log.reader(0), logPosition(29))).toThrow(
    expect.objectContaining({ code: 'corrupt', place }),
  );
  await log.close();
  const file = disk.open(middle, 'update');
  file.truncate(file.size() - 1);
  expect(() => openFileLog(options)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  disk.remove(middle);
  expect(() => openFileLog(options)).toThrow('Nothing was changed');
});

test('a torn tail is cut and reported; damage before later batches is not', async () => {
  const { disk, options } = simulated();
  const log = openFileLog(options);
  for (const payload of ['first', 'second', 'third']) await log.appender(0).append(Buffer.from(payload));
  const end = SEGMENT_HEADER_BYTES + log.appender(0).durableEnd;
  await log.close();
  const segment = disk.paths[0] ?? '';
  overwrite(disk, segment, Buffer.alloc(40, 1), end);
  const reopened = openFileLog(options);
  expect(reopened.recovered).toEqual([{ partition: 0, segment, offset: end, bytesCut: 40 }]);
  expect(texts(reopened.reader(0))).toEqual(['first', 'second', 'third']);
  await reopened.close();
  overwrite(disk, segment, Buffer.from('X'), SEGMENT_HEADER_BYTES + 28);
  const message = `position 0 (${segment}, offset 32) is damaged: the record at 67 was written after it`;
  for (let attempt = 0; attempt < 2; attempt += 1) expect(() => openFileLog(options)).toThrow('is damaged');
  expect(() => openFileLog(options)).toThrow(message.replace('67', '33'));
});

test('a newer version, a foreign segment and fewer partitions are refused', async () => {
  const { disk, options } = simulated();
  await openFileLog({ ...options, partitions: 2 }).close();
  expect(() => openFileLog(options)).toThrow('holds 2 partitions; with 1 the others would be lost');
  const [first = '', second = ''] = disk.paths;
  writeSegmentHeader(disk.open(second, 'update'), 7, 0);
  expect(() => openFileLog({ ...options, partitions: 2 })).toThrow('its header says partition 7, position 0');
  const newer = disk.open(first, 'update');
  writeSegmentHeader(newer, 0, 0, 2);
  expect(() => openFileLog({ ...options, partitions: 2 })).toThrow(
    expect.objectContaining({ code: 'version', message: expect.stringContaining('format version 2') }),
  );
});

test('options out of range are refused with the value', () => {
  const { options } = simulated();
  expect(() => openFileLog({ ...options, partitions: 0 })).toThrow(
    'partitions is an integer from 1 to 1024, not 0',
  );
  expect(() => openFileLog({ ...options, segmentBytes: 2 ** 40 })).toThrow('segmentBytes');
});

test('one owner a directory', async () => {
  const { options } = simulated();
  const log = openFileLog(options);
  expect(() => openFileLog(options)).toThrow(expect.objectContaining({ code: 'locked' }));
  await log.close();
  await openFileLog(options).close();
});

test('waiting ends with a durable record, an abort, or the end of the reader', async () => {
  const { disk, options } = simulated();
  const log = openFileLog(options);
  const durable = log.durable(0);
  const reader = openFileLogReader({ directory: '/log', partition: 0, durable, disk });
  const abort = new AbortController();
  const waits = [1, 2, 3].map(() => reader.waitFor(LOG_START, abort.signal));
  const other = new AbortController();
  const aborted = reader.waitFor(LOG_START, other.signal);
  other.abort();
  expect(await aborted).toBe(false);
  await log.appender(0).append(Buffer.from('a'));
  expect(await Promise.all(waits)).toEqual([true, true, true]);
  expect(texts(reader)).toEqual(['a']);
  expect(await reader.waitFor(LOG_START, abort.signal)).toBe(true);
  const unfinished = reader.waitFor(reader.end, abort.signal);
  reader.close();
  expect(await unfinished).toBe(false);
  expect(await reader.waitFor(LOG_START, AbortSignal.abort())).toBe(false);
});
