import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LogError, type LogOwner, type LogPosition } from '../index.ts';
import { SimulatedDisk } from '../simulated-disk.ts';
import { type FileLog, openFileLog } from './file-log.ts';

function open(disk: SimulatedDisk, segmentBytes = 400): FileLog {
  return openFileLog({ directory: '/log', partitions: 1, segmentBytes, disk });
}

function payloadsOf(log: FileLog): [LogPosition, string][] {
  const reader = log.reader(0);
  const found: [LogPosition, string][] = [];
  for (let from = reader.start; ; ) {
    const records = reader.read(from, 1000);
    if (records.length === 0) break;
    for (const { position, next, payload } of records) {
      found.push([position, Buffer.from(payload).toString()]);
      from = next;
    }
  }
  reader.close();
  return found;
}

const batch = (text: string): Uint8Array => Buffer.from(text);

test('batches have their positions at once and are there after the flush, over segments too', () => {
  const log = open(new SimulatedDisk({ seed: 1 }), 100);
  const owner = log.owner(0);
  const positions = ['a', 'b'.repeat(60), 'c'.repeat(200), 'd'].map((text) => owner.append(batch(text)));
  expect(payloadsOf(log)).toEqual([]);
  expect(owner.flush()).toBe(owner.end);
  expect(owner.durableEnd).toBe(owner.end);
  expect(payloadsOf(log).map(([position]) => position)).toEqual(positions);
});

test('a new owner ends the one before and the appender', async () => {
  const log = open(new SimulatedDisk({ seed: 1 }));
  const appender = log.appender(0);
  const first = log.owner(0);
  await expect(appender.append(batch('x'))).rejects.toMatchObject({ code: 'closed' });
  first.append(batch('lost'));
  const second = log.owner(0);
  expect(() => first.append(batch('x'))).toThrow(expect.objectContaining({ code: 'fenced' }));
  expect(() => first.flush()).toThrow(expect.objectContaining({ code: 'fenced' }));
  second.append(batch('kept'));
  second.flush();
  expect(payloadsOf(log).map(([, text]) => text)).toEqual(['kept']);
  await log.close();
  expect(() => second.flush()).toThrow(expect.objectContaining({ code: 'closed' }));
});

test('what is too large or too much is refused, and what was taken before is kept', () => {
  const disk = new SimulatedDisk({ seed: 1 });
  const log = openFileLog({ directory: '/log', partitions: 1, disk, maxRecordBytes: 50, maxQueuedBytes: 60 });
  const owner = log.owner(0);
  owner.append(batch('a'.repeat(40)));
  expect(() => owner.append(batch('b'.repeat(51)))).toThrow(expect.objectContaining({ code: 'too-large' }));
  expect(() => owner.append(batch('b'.repeat(30)))).toThrow(expect.objectContaining({ code: 'full' }));
  owner.flush();
  owner.append(batch('b'.repeat(30)));
  owner.flush();
  expect(payloadsOf(log).map(([, text]) => text[0])).toEqual(['a', 'b']);
});

type Step = {
  readonly batches: readonly number[];
  readonly end: 'flush' | 'leave' | 'stop' | 'failSync' | 'power' | 'kill' | 'newOwner';
  readonly changes: number;
};

const step: fc.Arbitrary<Step> = fc.record({
  batches: fc.array(fc.oneof({ weight: 4, arbitrary: fc.nat(60) }, fc.nat(700)), { maxLength: 6 }),
  end: fc.constantFrom('flush', 'flush', 'leave', 'stop', 'failSync', 'power', 'kill', 'newOwner'),
  changes: fc.nat(6),
});

/** An owner on a disk that misbehaves, and what must be in the log. */
class Ordeal {
  readonly #disk: SimulatedDisk;
  readonly #segmentBytes: number;
  readonly #appended: string[] = [];
  #durable: [LogPosition, string][] = [];
  #queued: [LogPosition, string][] = [];
  #log: FileLog;
  #owner: LogOwner;

  constructor(seed: number, segmentBytes: number) {
    this.#disk = new SimulatedDisk({ seed, sectorBytes: 16 });
    this.#segmentBytes = segmentBytes;
    this.#log = open(this.#disk, segmentBytes);
    this.#owner = this.#log.owner(0);
  }

  take({ batches, end, changes }: Step): void {
    for (const size of batches) {
      const text = `${this.#appended.length}:${'x'.repeat(size)}`;
      this.#appended.push(text);
      this.#queued.push([this.#owner.append(batch(text)), text]);
    }
    if (end === 'stop') this.#disk.stopAfter(changes);
    if (end === 'failSync') this.#disk.syncFailureChance = 0.5;
    if (end !== 'leave' && end !== 'newOwner') this.#flush();
    this.#disk.syncFailureChance = 0;
    if (end === 'stop' || end === 'power' || end === 'kill') this.#restart(end === 'kill' ? 'kill' : 'power');
    else if (end === 'newOwner' || this.#owner.failure !== undefined) this.#ownAnew();
    this.#check();
  }

  #flush(): void {
    try {
      this.#owner.flush();
      this.#durable.push(...this.#queued);
      this.#queued = [];
    } catch (error) {
      expect(error).toBeInstanceOf(LogError);
    }
  }

  #restart(kind: 'kill' | 'power'): void {
    this.#disk.crash(kind);
    this.#log = open(this.#disk, this.#segmentBytes);
    this.#ownAnew();
  }

  #ownAnew(): void {
    this.#owner = this.#log.owner(0);
    // What was queued may have reached the disk: a beginning of it, never a part without what came before.
    const found = payloadsOf(this.#log);
    const more = found.slice(this.#durable.length);
    expect(more).toEqual(this.#queued.slice(0, more.length));
    this.#durable.push(...more);
    this.#queued = [];
  }

  #check(): void {
    expect(payloadsOf(this.#log)).toEqual(this.#durable);
  }
}

test('whatever the disk does, flushed batches are there, whole, in order, and of others a beginning at most', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.constantFrom(64, 400, 4000),
      fc.array(step, { maxLength: 20 }),
      (seed, bytes, steps) => {
        const ordeal = new Ordeal(seed, bytes);
        for (const one of steps) ordeal.take(one);
      },
    ),
    { numRuns: 300 },
  );
});
