import type { Packr } from 'msgpackr';
import { AtomicFile } from '../log/file/atomic-file.ts';
import { crc32c } from '../log/file/crc32c.ts';
import { encodeFrameHeader, FRAME_HEADER_BYTES, frameBytes } from '../log/file/frame.ts';
import type { LogPosition } from '../log/index.ts';
import type { StoredRow } from '../state/store.ts';
import type { SnapshotSource } from './progress.ts';
import { type SnapshotFiles, snapshotPath } from './snapshot-files.ts';
import {
  END_BLOCK,
  FIRST_TABLE_BLOCK,
  PROGRESS_BLOCK,
  type StoredEnd,
  type StoredProgress,
  snapshotHeader,
  snapshotPackr,
  storedLeftOver,
} from './snapshot-format.ts';

/** A slice ends at whichever comes first; both keep it near a millisecond. */
const SLICE_ROWS = 256;
const SLICE_BYTES = 64 * 2 ** 10;
/** Synced so often, so that no single sync has much to do. */
const SYNC_BYTES = 2 ** 20;

/**
 * One snapshot being written, slice by slice, while its partition goes on. It holds the state of the moment at which it
 * was made; of one partition there may be one at a time. After an error it has given itself up.
 */
export class SnapshotWriter {
  /** The first position of the log that is not in it. */
  readonly next: LogPosition;
  readonly #target: AtomicFile;
  readonly #packr: Packr = snapshotPackr();
  readonly #copies: readonly IterableIterator<StoredRow>[];
  #table = 0;
  #offset = 0;
  #unsyncedBytes = 0;
  #blocks = 0;
  #isOver = false;

  /** Throws the disk's error. */
  constructor(files: SnapshotFiles, { store, progress }: SnapshotSource) {
    this.next = progress.next;
    this.#target = new AtomicFile(files.disk, snapshotPath(files, progress.next));
    this.#copies = store.parts.map((part) => part.copy());
    const stored: StoredProgress = {
      lastPosition: progress.lastPosition,
      keyCounter: progress.keyCounter,
      leftOver: storedLeftOver(progress),
      tables: store.parts.map(({ name, version }) => ({ name, version })),
    };
    this.#guarded(() => {
      this.#write([snapshotHeader(files.partitionId, progress.next)]);
      this.#writeBlock(PROGRESS_BLOCK, [this.#packr.pack(stored)]);
    });
  }

  /** Size of what is written so far. */
  get bytes(): number {
    return this.#offset;
  }

  /** Writes a little more; true when the snapshot is finished and durable. Throws the disk's error. */
  writeSlice(): boolean {
    return this.#guarded(() => {
      const copy = this.#copies[this.#table];
      if (copy === undefined) {
        const end: StoredEnd = { blocks: this.#blocks };
        this.#writeBlock(END_BLOCK, [this.#packr.pack(end)]);
        this.#isOver = true;
        this.#target.finish();
        return true;
      }
      const rows = this.#nextRows(copy);
      if (rows.length > 0) this.#writeBlock(FIRST_TABLE_BLOCK + this.#table, rows);
      else this.#table += 1;
      return false;
    });
  }

  /** Never throws. Nothing happens when it is over. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const copy of this.#copies) {
      copy.next(); // one that has not begun takes no notice of its end
      copy.return?.();
    }
    this.#target.abandon();
  }

  #nextRows(copy: IterableIterator<StoredRow>): Uint8Array[] {
    const packed: Uint8Array[] = [];
    let bytes = 0;
    while (packed.length < SLICE_ROWS && bytes < SLICE_BYTES) {
      const row = copy.next();
      if (row.done === true) break;
      const one = this.#packr.pack(row.value);
      packed.push(one);
      bytes += one.length;
    }
    return packed;
  }

  #writeBlock(kind: number, values: readonly Uint8Array[]): void {
    const payload = values.length === 1 ? (values[0] as Uint8Array) : Buffer.concat(values); // length 1
    const header = frameBytes(new Uint8Array(FRAME_HEADER_BYTES));
    const position = this.#offset;
    encodeFrameHeader(header, 0, {
      payloadBytes: payload.length,
      flags: kind,
      position,
      batchStart: position,
      payloadCrc: crc32c(payload),
    });
    this.#write([header.bytes, payload]);
    this.#blocks += 1;
  }

  #write(chunks: readonly Uint8Array[]): void {
    const { file } = this.#target;
    file.write(chunks, this.#offset);
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    this.#offset += bytes;
    this.#unsyncedBytes += bytes;
    if (this.#unsyncedBytes < SYNC_BYTES) return;
    file.sync();
    this.#unsyncedBytes = 0;
  }

  #guarded<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      this.abandon();
      throw error;
    }
  }
}
