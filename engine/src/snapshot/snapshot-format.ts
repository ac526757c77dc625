/**
 * A snapshot file: a header, then blocks without gaps, each framed as a record of the log is. Header, little endian, of
 * this size in every version:
 *
 *  0  8 bytes  magic "TLNSNP\r\n"
 *  8  u32      format version
 * 12  u32      partition
 * 16  u64      log position: the first that is not in the snapshot
 * 24  u32      0
 * 28  u32      CRC-32C of the 28 bytes before
 *
 * The `position` of a block's frame is its offset in the file, its `flags` say what it holds: 0 the progress (the first
 * block), 1 the end (the last), 2 + n rows of the n-th table that the progress names. All blocks are one sequence of
 * MessagePack values: a shape of objects is described where it is first met.
 */
import { Packr } from 'msgpackr';
import { crc32c } from '../log/file/crc32c.ts';
import { LogError } from '../log/index.ts';
import { decodeBatch, encodeBatch } from '../protocol/batch-codec.ts';
import { type CommandRecord, NO_POSITION } from '../protocol/record.ts';
import type { SnapshotProgress } from './progress.ts';

export const SNAPSHOT_HEADER_BYTES = 32;
export const SNAPSHOT_VERSION = 1;
export const PROGRESS_BLOCK = 0;
export const END_BLOCK = 1;
export const FIRST_TABLE_BLOCK = 2;
const MAGIC = new TextEncoder().encode('TLNSNP\r\n');

/** Writes or reads the values of one snapshot from its begin to its end: shapes are numbered as they come. */
export function snapshotPackr(): Packr {
  return new Packr({ sequential: true, int64AsType: 'bigint' });
}

/** The first block. */
export type StoredProgress = {
  readonly lastPosition: number;
  readonly keyCounter: number;
  /** Each as a batch of one record. */
  readonly leftOver: readonly Uint8Array[];
  readonly tables: readonly { readonly name: string; readonly version: number }[];
};

/** The last block. */
export type StoredEnd = { readonly blocks: number };

/** What `sourceRecordPosition` and `chainLength` say is kept in the batch's own fields. */
export function storedLeftOver(progress: SnapshotProgress): Uint8Array[] {
  return progress.leftOver.map(({ command, chainLength }) =>
    encodeBatch({
      records: [command],
      processed: command.sourceRecordPosition,
      leftOver: [],
      chainLength,
      keyCounter: progress.keyCounter,
    }),
  );
}

export function loadedLeftOver(stored: readonly Uint8Array[]): SnapshotProgress['leftOver'] {
  return stored.map((bytes) => {
    const { records, processed, chainLength } = decodeBatch(bytes);
    const command = { ...records[0], sourceRecordPosition: processed ?? NO_POSITION } as CommandRecord;
    return { command, chainLength };
  });
}

/** `version` is for tests. */
export function snapshotHeader(partitionId: number, next: number, version = SNAPSHOT_VERSION): Uint8Array {
  const header = new Uint8Array(SNAPSHOT_HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(MAGIC);
  view.setUint32(8, version, true);
  view.setUint32(12, partitionId, true);
  view.setBigUint64(16, BigInt(next), true);
  view.setUint32(28, crc32c(header, 0, 28), true);
  return header;
}

/** Throws LogError `version` for a snapshot of a newer version, `corrupt` unless the header belongs to this one. */
export function checkSnapshotHeader(
  bytes: Uint8Array,
  path: string,
  partitionId: number,
  next: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isWhole =
    bytes.length === SNAPSHOT_HEADER_BYTES &&
    MAGIC.every((byte, at) => bytes[at] === byte) &&
    view.getUint32(28, true) === crc32c(bytes, 0, 28);
  if (!isWhole) throw damagedSnapshot(path, 0, 'its header is damaged');
  const version = view.getUint32(8, true);
  if (version > SNAPSHOT_VERSION) {
    throw otherVersion(
      path,
      `it has format version ${version}, newer than ${SNAPSHOT_VERSION}. Upgrade first`,
    );
  }
  const actual = `partition ${view.getUint32(12, true)}, position ${view.getBigUint64(16, true)}`;
  const expected = `partition ${partitionId}, position ${next}`;
  if (actual !== expected) throw damagedSnapshot(path, 0, `it should be of ${expected}, but is of ${actual}`);
}

export function damagedSnapshot(path: string, offset: number, why: string): LogError {
  const place = { segment: path, offset };
  return new LogError('corrupt', `The snapshot ${path} can't be used from offset ${offset} on: ${why}`, {
    place,
  });
}

export function otherVersion(path: string, why: string): LogError {
  const place = { segment: path, offset: 0 };
  return new LogError('version', `The snapshot ${path} can't be read by this software: ${why}.`, { place });
}
