import { once } from 'node:events';
import { appendFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { openFileLog } from '../index.ts';
import { seededRandom } from '../seeded-random.ts';
import { ownDirectory } from './owner-lock.ts';
import { runProcess, runWorker } from './testdata/run-typescript.ts';
import { temporaryDirectory } from './testdata/temporary-directory.ts';

type Acknowledged = { readonly id: number; readonly position: number };

/** Runs the appending child, kills it after that many acknowledgements, and returns all it had printed. */
async function appendUntilKilled(
  directory: string,
  firstId: number,
  acknowledgements: number,
): Promise<Acknowledged[]> {
  const child = runProcess('append-until-killed.ts', directory, String(firstId));
  const exited = once(child, 'exit');
  const acknowledged: Acknowledged[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    // Each line was printed by one write: there is no half one.
    const [id = Number.NaN, position = Number.NaN] = line.split(' ').map(Number);
    acknowledged.push({ id, position });
    if (acknowledged.length === acknowledgements) child.kill('SIGKILL');
  }
  await exited;
  return acknowledged;
}

function readIds(directory: string): Map<number, number> {
  const log = openFileLog({ directory, partitions: 1, segmentBytes: 20_000 });
  const reader = log.reader(0);
  const positions = new Map<number, number>();
  let from = reader.start;
  while (from < reader.end) {
    for (const { position, next, payload } of reader.read(from, 50_000)) {
      const id = Number(Buffer.from(payload).toString().split(':')[0]);
      expect(payload.length).toBe(String(id).length + 1 + ((id * 37) % 900));
      expect(positions.has(id), `record ${id} twice`).toBe(false);
      positions.set(id, position);
      from = next;
    }
  }
  void log.close();
  return positions;
}

test('kill -9 at random moments loses no acknowledged record', { timeout: 60_000 }, async () => {
  const seed = Date.now();
  const random = seededRandom(seed);
  const directory = temporaryDirectory();
  const acknowledged: Acknowledged[] = [];
  let firstId = 0;
  for (let round = 0; round < 10; round += 1) {
    acknowledged.push(...(await appendUntilKilled(directory, firstId, 1 + Math.floor(random() * 300))));
    const read = readIds(directory);
    for (const { id, position } of acknowledged)
      expect(read.get(id), `seed ${seed}, record ${id}`).toBe(position);
    firstId = Math.max(...read.keys()) + 1;
  }
  expect(acknowledged.length).toBeGreaterThan(10);
});

test('a reader in another thread follows what becomes durable, and ends with its abort', async () => {
  const directory = temporaryDirectory();
  const log = openFileLog({ directory, partitions: 1, segmentBytes: 1000 });
  const workerData = { directory, durable: log.durable(0) };
  const worker = runWorker('follow-partition.ts', workerData);
  const exited = once(worker, 'exit');
  for (let round = 0; round < 100; round += 1) {
    const received = once(worker, 'message');
    // One at a time, so that the worker waits in between.
    await log.appender(0).append(Buffer.from(`record ${round}`));
    expect(await received).toEqual([`record ${round}`]);
  }
  worker.postMessage('stop');
  expect(await exited).toEqual([0]);
  await log.close();
});

test('a directory is owned by one thread, named in the refusal, until that thread is gone', async () => {
  const directory = temporaryDirectory();
  const open = (): unknown => openFileLog({ directory, partitions: 1 });

  const child = runProcess('own-directory.ts', directory);
  await once(child.stdout, 'data');
  expect(open).toThrow(
    expect.objectContaining({ code: 'locked', message: expect.stringContaining(`${child.pid}`) }),
  );
  child.kill('SIGKILL');
  await once(child, 'exit');

  const worker = runWorker('own-directory.ts', directory);
  await once(worker, 'message');
  expect(open).toThrow(
    expect.objectContaining({ code: 'locked', message: expect.stringContaining('this process') }),
  );
  await worker.terminate();

  await openFileLog({ directory, partitions: 1 }).close();
});

test("the owner's number never goes down, so that a late contender sees that it is late", () => {
  const directory = temporaryDirectory();
  for (const number of [1, 2, 3]) {
    const letGo = ownDirectory(directory);
    expect(readdirSync(directory)).toEqual([`owner.${number}`]);
    letGo();
    expect(readdirSync(directory)).toEqual([`owner.${number}`]);
  }
});

test('processes that fight for a directory, some dying with it, never own it together', async () => {
  const directory = temporaryDirectory();
  const contend = async (times: number, ending: string): Promise<unknown> => {
    const child = runProcess('contend-for-directory.ts', directory, String(times), ending);
    return JSON.parse(Buffer.concat(await child.stdout.toArray()).toString());
  };
  const contenders = [
    contend(40, ''),
    contend(40, ''),
    contend(5, 'die'),
    contend(10, 'die'),
    contend(15, 'die'),
  ];
  const expected = [40, 40, 5, 10, 15].map((owned) => ({ owned, violations: 0 }));
  expect(await Promise.all(contenders)).toEqual(expected);
});

test('a torn tail on the real disk is cut to the last whole record', async () => {
  const directory = temporaryDirectory();
  const log = openFileLog({ directory, partitions: 1 });
  await log.appender(0).append(Buffer.from('whole'));
  await log.close();
  const segment = join(directory, 'partition-0', '0000000000000000.log');
  appendFileSync(segment, 'half a rec');
  const reopened = openFileLog({ directory, partitions: 1 });
  expect(reopened.recovered).toMatchObject([{ bytesCut: 10, segment }]);
  expect(statSync(segment).size).toBe(32 + 28 + 5);
  await reopened.close();
});
