/** A log with plain records and an exporter that notes what it is given, for tests of what lies between. */
import type { FileLog } from '../log/index.ts';
import type { SimulatedDisk } from '../log/simulated-disk.ts';
import { encodeBatch } from '../protocol/batch-codec.ts';
import { keyOf } from '../protocol/key.ts';
import { type EngineRecord, NO_POSITION, type RecordPosition } from '../protocol/record.ts';
import { withDefaults } from '../protocol/value-types.ts';
import type { ExportDisk } from './export-disk.ts';
import type { Exporter, ExporterContext } from './exporter.ts';

/** A record whose kind and content follow from its position. */
export function recordAt(position: number, partitionId = 1): EngineRecord {
  return {
    partitionId,
    position,
    sourceRecordPosition: NO_POSITION,
    key: keyOf(partitionId, position),
    timestamp: 1_700_000_000_000 + position,
    recordType: position % 2 === 0 ? 'EVENT' : 'COMMAND',
    valueType: 'JOB',
    intent: position % 2 === 0 ? 'COMPLETED' : 'COMPLETE',
    rejectionType: 'NULL_VAL',
    rejectionReason: '',
    value: withDefaults('JOB', { type: `job ${position}`, processInstanceKey: keyOf(partitionId, 1) }),
    brokerVersion: '0.1.0',
    recordVersion: 1,
  } as unknown as EngineRecord;
}

/** Appends records to the first partition, each as a batch, and makes them durable. */
export class RecordWriter {
  readonly #log: FileLog;
  #position = 0;

  constructor(log: FileLog) {
    this.#log = log;
  }

  /** The position of the last. */
  write(count: number): number {
    const owner = this.#log.owner(0);
    for (let index = 0; index < count; index += 1) {
      this.#position += 1;
      const record = recordAt(this.#position);
      const processed = this.#position as RecordPosition;
      owner.append(
        encodeBatch({ records: [record], processed, leftOver: [], chainLength: 1, keyCounter: 1 }),
      );
    }
    owner.flush();
    return this.#position;
  }
}

/** What is outside the engine: it stays when the engine is killed. */
export class Outside {
  /** Positions of the records that were made safe, in the order in which they came. */
  readonly flushed: number[] = [];
  readonly memos: (string | undefined)[] = [];
  opened = 0;
  /** Asked before each opening and flush; throws to let it fail. */
  trouble: (doing: 'open' | 'flush') => void = () => {};
  /** What a flush waits for. */
  delay: Promise<void> = Promise.resolve();

  readonly create = (): Exporter => {
    let unflushed: number[] = [];
    return {
      get bufferedBytes() {
        return unflushed.length * 100;
      },
      open: async ({ memo }: ExporterContext) => {
        this.trouble('open');
        this.opened += 1;
        this.memos.push(memo);
        unflushed = [];
        return undefined;
      },
      export: ({ position }) => {
        unflushed.push(position);
      },
      flush: async () => {
        await this.delay;
        this.trouble('flush');
        this.flushed.push(...unflushed);
        unflushed = [];
        return `up to ${this.flushed.at(-1)}`;
      },
      close: async () => {
        unflushed = [];
      },
    };
  };

  /** The first record that came although one before it never had; undefined when all came in order. */
  get firstHole(): number | undefined {
    let last = 0;
    for (const position of this.flushed) {
      if (position > last + 1) return position;
      last = Math.max(last, position);
    }
    return undefined;
  }
}

/** The simulated disk as exporters see one. */
export function exportDiskOn(disk: SimulatedDisk): ExportDisk {
  return {
    list: async (directory) => {
      disk.makeDirectory(directory);
      return disk.list(directory);
    },
    open: async (path) => {
      const directory = path.slice(0, path.lastIndexOf('/'));
      const isThere = disk.list(directory).includes(path.slice(directory.length + 1));
      const file = disk.open(path, isThere ? 'update' : 'create');
      disk.syncDirectory(directory);
      return {
        size: async () => file.size(),
        truncate: async (sizeBytes) => file.truncate(sizeBytes),
        write: async (bytes, offset) => file.write([bytes], offset),
        sync: async () => file.sync(),
        close: async () => file.close(),
      };
    },
    remove: async (path) => disk.remove(path),
  };
}

/** Runs what is to run soon until nothing moves any more. */
export async function settle(time: { runAll(): void }): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) {
    time.runAll();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
