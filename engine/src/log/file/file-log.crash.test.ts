import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LogError, type LogPosition, type LogRecord } from '../index.ts';
import { SimulatedDisk } from '../simulated-disk.ts';
import { type FileLog, openFileLog } from './file-log.ts';

/** What a record must still be: `payload` by position. */
type Known = Map<number, string>;

type Step =
  | { readonly do: 'append'; readonly sizes: readonly number[] }
  | { readonly do: 'stop'; readonly changes: number; readonly kind: 'kill' | 'power' }
  | { readonly do: 'crash'; readonly kind: 'kill' | 'power' }
  | { readonly do: 'failSync'; readonly chance: number; readonly reopen: boolean }
  | { readonly do: 'fill'; readonly freeBytes: number }
  | { readonly do: 'truncate'; readonly share: number }
  | { readonly do: 'close' };

const kind = fc.constantFrom('kill' as const, 'power' as const);
const sizes = fc.array(fc.oneof({ weight: 4, arbitrary: fc.nat(60) }, fc.nat(700)), {
  minLength: 1,
  maxLength: 8,
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), sizes }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('stop' as const), changes: fc.nat(12), kind }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), kind }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('failSync' as const),
      chance: fc.constantFrom(0.3, 1),
      reopen: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fill' as const), freeBytes: fc.nat(300) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('truncate' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const) }) },
);

/** A log on a disk that misbehaves, and all that is known about what must be in it. */
class Ordeal {
  readonly #disk: SimulatedDisk;
  readonly #segmentBytes: number;
  readonly #known: Known = new Map();
  readonly #appended: string[] = [];
  #log: FileLog;
  #truncatedTo = 0;

  constructor(seed: number, segmentBytes: number) {
    this.#disk = new SimulatedDisk({ seed, sectorBytes: 16 });
    this.#segmentBytes = segmentBytes;
    this.#log = this.#open();
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'append') await this.#append(step.sizes);
    if (step.do === 'stop') this.#disk.stopAfter(step.changes);
    if (step.do === 'stop') await this.#append([30, 5, 200]);
    if (step.do === 'stop' || step.do === 'crash') this.#restart(step.kind);
    if (step.do === 'failSync') await this.#failSync(step.chance, step.reopen);
    if (step.do === 'fill') await this.#fill(step.freeBytes);
    if (step.do === 'truncate') this.#truncate(step.share);
    if (step.do === 'close') {
      await this.#log.close();
      this.#log = this.#open();
    }
    this.#check();
  }

  #open(): FileLog {
    return openFileLog({
      directory: '/log',
      partitions: 1,
      segmentBytes: this.#segmentBytes,
      disk: this.#disk,
    });
  }

  async #append(sizes: readonly number[]): Promise<void> {
    const appender = this.#log.appender(0);
    const writes = sizes.map(async (size) => {
      const payload = `${this.#appended.length}:${'x'.repeat(size)}`;
      this.#appended.push(payload);
      const position = await appender.append(Buffer.from(payload));
      this.#known.set(position, payload);
    });
    for (const outcome of await Promise.allSettled(writes)) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(LogError);
    }
  }

  /** Crashes, also again and again while it is being opened, until one opening comes through. */
  #restart(kind: 'kill' | 'power'): void {
    this.#disk.crash(kind);
    for (let changes = 0; changes < 6; changes += 1) {
      this.#disk.stopAfter(changes);
      try {
        this.#log = this.#open();
      } catch (error) {
        expect(error).toMatchObject({ code: 'failed' });
      }
      this.#disk.crash(changes % 2 === 0 ? kind : 'power');
    }
    this.#log = this.#open();
  }

  async #failSync(chance: number, reopen: boolean): Promise<void> {
    this.#disk.syncFailureChance = chance;
    await this.#append([10, 100]);
    if (this.#log.appender(0).failure !== undefined) {
      await expect(this.#log.appender(0).append(Buffer.from('never'))).rejects.toMatchObject({
        code: 'failed',
      });
      for (let attempt = 0; reopen && attempt < 3; attempt += 1) this.#tryReopen();
    }
    this.#disk.syncFailureChance = 0;
    if (this.#log.appender(0).failure === undefined) return;
    if (reopen) this.#log.reopen(0);
    else this.#restart('power');
  }

  #tryReopen(): void {
    try {
      this.#log.reopen(0);
    } catch (error) {
      expect(error).toMatchObject({ code: 'failed' });
    }
  }

  async #fill(freeBytes: number): Promise<void> {
    this.#disk.capacityBytes = this.#disk.usedBytes + freeBytes;
    await this.#append([50, 150, 250]);
    this.#disk.capacityBytes = Number.POSITIVE_INFINITY;
    if (this.#log.appender(0).failure !== undefined) this.#log.reopen(0);
  }

  #truncate(share: number): void {
    const reader = this.#log.reader(0);
    const to = Math.floor(reader.start + share * (reader.end - reader.start));
    this.#log.truncateBefore(0, to as LogPosition);
    this.#truncatedTo = Math.max(this.#truncatedTo, to);
  }

  #check(): void {
    const reader = this.#log.reader(0);
    const records = readAll(this.#log);
    reader.close();
    expect(reader.start).toBeLessThanOrEqual(this.#truncatedTo);
    const read = new Map(records.map(({ position, payload }) => [position, Buffer.from(payload).toString()]));
    for (const [position, payload] of this.#known) {
      if (position >= reader.start) expect(read.get(position as LogPosition)).toBe(payload);
    }
    const order = [...read.values()].map((payload) => this.#appended.indexOf(payload));
    expect(order).not.toContain(-1);
    expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
    // What was read once is durable: it must stay.
    for (const [position, payload] of read) this.#known.set(position, payload);
  }
}

/** All records, in reads of about 100 bytes; checks that each begins where the one before said. */
function readAll(log: FileLog): LogRecord[] {
  const reader = log.reader(0);
  const records: LogRecord[] = [];
  let from = reader.start;
  for (;;) {
    const batch = reader.read(from, 100);
    if (batch.length === 0) break;
    for (const record of batch) {
      expect(record.position).toBe(from);
      expect(record.next).toBeGreaterThan(record.position);
      from = record.next;
      records.push(record);
    }
  }
  expect(from).toBe(reader.end);
  reader.close();
  return records;
}

test('whatever the disk does, acknowledged records are read back once, in order, unchanged', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.constantFrom(64, 400, 4000),
      fc.array(step, { maxLength: 25 }),
      async (seed, segmentBytes, steps) => {
        const ordeal = new Ordeal(seed, segmentBytes);
        for (const one of steps) await ordeal.take(one);
      },
    ),
    { numRuns: 300 },
  );
});

test('a flipped bit is reported, or cuts records of the last batch only, and says so', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.constantFrom(200, 4000),
      fc.array(fc.array(fc.nat(60), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
      fc.nat(100),
      flipAndCompare,
    ),
    { numRuns: 500 },
  );
});

async function flipAndCompare(
  seed: number,
  segmentBytes: number,
  batches: readonly (readonly number[])[],
  which: number,
): Promise<void> {
  const disk = new SimulatedDisk({ seed });
  const options = { directory: '/log', partitions: 1, segmentBytes, disk };
  const log = openFileLog(options);
  const batchEnds: number[] = [0];
  for (const sizes of batches) {
    const appender = log.appender(0);
    await Promise.all(sizes.map((size) => appender.append(Buffer.alloc(size, size))));
    batchEnds.push(appender.durableEnd);
  }
  const before = readAll(log);
  await log.close();
  disk.flipBit(disk.paths[which % disk.paths.length] as string); // there is one segment at least
  try {
    const damaged = openFileLog(options);
    const after = readAll(damaged);
    expect(after).toEqual(before.slice(0, after.length));
    expect(damaged.recovered).toHaveLength(1);
    const end = damaged.reader(0).end;
    expect(end).toBeGreaterThanOrEqual(batchEnds.at(-2) ?? 0);
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    expect(error.code).toBe('corrupt');
    expect(error.message).toContain(error.place?.segment);
  }
}
