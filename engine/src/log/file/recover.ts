/**
 * Opening a partition after any stop.
 *
 * Only the newest segment can have a torn tail: a segment is complete and fsynced before the next is created.
 * In the newest one the first bad frame is a torn tail unless it was durable once. A later frame proves that
 * when its batch began after the bad one: a batch is written only after everything before it was fsynced. A
 * later frame of the same batch proves nothing, since a disk may write the pages of one batch in any order.
 * So damage within the very last batch can't be told from a torn write; it is cut and reported in `LogCut`.
 *
 * What is kept after the last proven point is written again before the fsync: after a failed fsync the system
 * may hold pages that it takes for clean although they never reached the disk.
 */
import { LogError } from '../log-error.ts';
import type { DiskFile } from './disk.ts';
import {
  decodeFrameHeader,
  FRAME_HEADER_BYTES,
  type FrameBytes,
  frameBytes,
  payloadIsWhole,
} from './frame.ts';
import {
  checkSegmentHeader,
  corruptRecord,
  createSegment,
  headerIsWhole,
  listSegments,
  newerRecord,
  openSegment,
  type PartitionFiles,
  SEGMENT_HEADER_BYTES,
  segmentPath,
  WHAT_TO_DO,
  writeSegmentHeader,
} from './segment.ts';

/** A torn tail that was cut off on opening: bytes that were never acknowledged. */
export type LogCut = {
  readonly partition: number;
  readonly segment: string;
  /** Where the log ends now, as an offset in the segment. */
  readonly offset: number;
  readonly bytesCut: number;
};

export type RecoveredPartition = {
  readonly start: number;
  readonly end: number;
  /** The newest segment, open for writing; the receiver closes it. */
  readonly file: DiskFile;
  readonly base: number;
  readonly cut: LogCut | undefined;
};

/**
 * Makes the partition's directory fit to append to, durably. `durableEnd` is what is known to have been
 * durable: an end before it is damage. Throws LogError `corrupt` or `version`, then with nothing changed, or
 * the disk's error.
 */
export function recoverPartition(files: PartitionFiles, durableEnd: number): RecoveredPartition {
  const { disk, directory, partition } = files;
  disk.makeDirectory(directory);
  const bases = listSegments(files);
  const base = bases.at(-1);
  if (base === undefined) {
    return {
      start: 0,
      end: 0,
      base: 0,
      file: createSegment(files, 0),
      cut: undefined,
    };
  }
  checkSealed(files, bases);
  const file = disk.open(segmentPath(directory, base), 'update');
  try {
    const tail = readTail(files, file, base, durableEnd);
    restoreTail(file, partition, tail);
    disk.syncDirectory(directory);
    return {
      start: bases[0] ?? base,
      end: base + tail.keep - SEGMENT_HEADER_BYTES,
      base,
      file,
      cut: tail.cut,
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Earlier segments: header and length only. Their records are checked when they are read. */
function checkSealed(files: PartitionFiles, bases: readonly number[]): void {
  for (const [index, base] of bases.slice(0, -1).entries()) {
    const file = openSegment(files, base);
    const size = file.size();
    file.close();
    const next = bases[index + 1] ?? base;
    const expected = SEGMENT_HEADER_BYTES + next - base;
    if (size === expected) continue;
    const path = segmentPath(files.directory, base);
    const message = `${path} has ${size} bytes; the next segment begins at ${next}, which makes ${expected}.`;
    const place = { segment: path, offset: Math.min(size, expected) };
    throw new LogError('corrupt', `${message} ${WHAT_TO_DO}`, { place });
  }
}

type Tail = {
  readonly base: number;
  readonly bytes: Uint8Array;
  /** Bytes of the file to keep; the header's at least. */
  readonly keep: number;
  /** Offset up to which a later record proves the file to be durable; 0 when not even the header is. */
  readonly proven: number;
  readonly cut: LogCut | undefined;
};

function readTail(files: PartitionFiles, file: DiskFile, base: number, durableEnd: number): Tail {
  const { directory, partition } = files;
  const path = segmentPath(directory, base);
  const buffer = new Uint8Array(file.size());
  const bytes = buffer.subarray(0, file.read(buffer, 0));
  const headerTorn = bytes.length <= SEGMENT_HEADER_BYTES && !headerIsWhole(bytes);
  if (!headerTorn) checkSegmentHeader(bytes, path, partition, base);
  const scan = headerTorn
    ? { keep: SEGMENT_HEADER_BYTES, proven: 0 }
    : scanFrames(frameBytes(bytes), path, base);
  if (base + scan.keep - SEGMENT_HEADER_BYTES < durableEnd) {
    const position = base + scan.keep - SEGMENT_HEADER_BYTES;
    const place = { segment: path, offset: scan.keep };
    throw corruptRecord(place, position, `is gone, though the log was durable up to ${durableEnd}`);
  }
  const bytesCut = headerTorn ? bytes.length : bytes.length - scan.keep;
  const cut = bytesCut === 0 ? undefined : { partition, segment: path, offset: scan.keep, bytesCut };
  return { base, bytes, ...scan, cut };
}

function scanFrames(source: FrameBytes, path: string, base: number): { keep: number; proven: number } {
  const size = source.bytes.length;
  let proven = 0;
  let at = SEGMENT_HEADER_BYTES;
  while (at < size) {
    const header = decodeFrameHeader(source, at, base + at - SEGMENT_HEADER_BYTES);
    if (header === undefined || !payloadIsWhole(source, at, header)) break;
    if (header.flags !== 0) throw newerRecord({ segment: path, offset: at }, header.flags);
    proven = SEGMENT_HEADER_BYTES + header.batchStart - base;
    at += FRAME_HEADER_BYTES + header.payloadBytes;
  }
  if (at < size) refuseIfOnceDurable(source, path, base, at);
  return { keep: at, proven };
}

/** Searches behind the bad frame for one that was written after it had been fsynced. */
function refuseIfOnceDurable(source: FrameBytes, path: string, base: number, damagedAt: number): void {
  const damaged = base + damagedAt - SEGMENT_HEADER_BYTES;
  for (let at = damagedAt + 1; at + FRAME_HEADER_BYTES <= source.bytes.length; at += 1) {
    const header = decodeFrameHeader(source, at, base + at - SEGMENT_HEADER_BYTES);
    if (header !== undefined && header.batchStart > damaged) {
      const why = `is damaged: the record at ${header.position} was written after it`;
      throw corruptRecord({ segment: path, offset: damagedAt }, damaged, why);
    }
  }
}

function restoreTail(file: DiskFile, partition: number, tail: Tail): void {
  if (tail.cut !== undefined) file.truncate(Math.min(tail.keep, tail.bytes.length));
  if (tail.proven === 0) writeSegmentHeader(file, partition, tail.base);
  const from = Math.max(tail.proven, SEGMENT_HEADER_BYTES);
  if (from < tail.keep) file.write([tail.bytes.subarray(from, tail.keep)], from);
  file.sync();
}
