/**
 * Segment files: `<base position, 16 digits>.log`, a header, then frames without gaps, so that a record's
 * offset in its file is `SEGMENT_HEADER_BYTES + position - base`. Header, little endian, of this size in
 * every version:
 *
 *  0  8 bytes  magic "TLNLOG\r\n"
 *  8  u32      format version
 * 12  u32      partition
 * 16  u64      base position: of the first record
 * 24  u32      0
 * 28  u32      CRC-32C of the 28 bytes before
 */
import { join } from 'node:path';
import { LogError, type LogPlace } from '../log-error.ts';
import { crc32c } from './crc32c.ts';
import type { Disk, DiskFile } from './disk.ts';

/** Where one partition's segments are. */
export type PartitionFiles = {
  readonly disk: Disk;
  readonly directory: string;
  readonly partition: number;
};

export const SEGMENT_HEADER_BYTES = 32;
export const FORMAT_VERSION = 1;
const MAGIC = new TextEncoder().encode('TLNLOG\r\n');
const NAME = /^([0-9]{16})\.log$/;

export function segmentPath(directory: string, base: number): string {
  return join(directory, `${String(base).padStart(16, '0')}.log`);
}

/** Base positions of the segments in the directory, ascending. Other files are left alone. */
export function listSegments(files: PartitionFiles): number[] {
  return files.disk
    .list(files.directory)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** Creates an empty segment, durably: no record is written to a file that a crash could take away. */
export function createSegment(files: PartitionFiles, base: number): DiskFile {
  const { disk, directory, partition } = files;
  const file = disk.open(segmentPath(directory, base), 'create');
  try {
    writeSegmentHeader(file, partition, base);
    disk.syncDirectory(directory);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Writes and syncs the header of a segment that holds no record. `version` is for tests. */
export function writeSegmentHeader(
  file: DiskFile,
  partition: number,
  base: number,
  version = FORMAT_VERSION,
): void {
  const header = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(MAGIC);
  view.setUint32(8, version, true);
  view.setUint32(12, partition, true);
  view.setBigUint64(16, BigInt(base), true);
  view.setUint32(28, crc32c(header, 0, 28), true);
  file.write([header], 0);
  file.sync();
}

/** Whether the bytes begin with a whole header, of whatever version. */
export function headerIsWhole(bytes: Uint8Array): boolean {
  if (bytes.length < SEGMENT_HEADER_BYTES) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return MAGIC.every((byte, at) => bytes[at] === byte) && view.getUint32(28, true) === crc32c(bytes, 0, 28);
}

/**
 * Throws LogError `corrupt` or `version` unless the bytes begin with the header that belongs to this segment.
 */
export function checkSegmentHeader(bytes: Uint8Array, path: string, partition: number, base: number): void {
  const place = { segment: path, offset: 0 };
  if (!headerIsWhole(bytes)) {
    throw new LogError('corrupt', `The header of ${path} is damaged. ${WHAT_TO_DO}`, { place });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(8, true);
  if (version > FORMAT_VERSION) {
    const message = `${path} has format version ${version}, newer than ${FORMAT_VERSION}. Upgrade first.`;
    throw new LogError('version', message, { place });
  }
  const actual = `partition ${view.getUint32(12, true)}, position ${view.getBigUint64(16, true)}`;
  const expected = `partition ${partition}, position ${base}`;
  if (actual !== expected) {
    const message = `${path} should be of ${expected}, but its header says ${actual}: it was moved.`;
    throw new LogError('corrupt', message, { place });
  }
}

/** Reads the header and checks it. */
export function openSegment(files: PartitionFiles, base: number): DiskFile {
  const { disk, directory, partition } = files;
  const path = segmentPath(directory, base);
  const file = disk.open(path, 'read');
  try {
    const header = new Uint8Array(SEGMENT_HEADER_BYTES);
    checkSegmentHeader(header.subarray(0, file.read(header, 0)), path, partition, base);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

export const WHAT_TO_DO =
  'Nothing was changed. Put back a copy of this file; or, to give up its records and all later ones of the ' +
  'partition, move it and the files with higher numbers away.';

export function corruptRecord(place: LogPlace, position: number, why: string): LogError {
  const where = `position ${position} (${place.segment}, offset ${place.offset})`;
  return new LogError('corrupt', `The record at ${where} ${why}. ${WHAT_TO_DO}`, { place });
}

export function newerRecord(place: LogPlace, flags: number): LogError {
  const where = `${place.segment}, offset ${place.offset}`;
  return new LogError(
    'version',
    `${where}: a record of a newer version (flags ${flags}). Upgrade this software.`,
    {
      place,
    },
  );
}
