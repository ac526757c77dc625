import { join } from 'node:path';
import { asLogError, LogError } from '../log-error.ts';
import { AtomicFile } from './atomic-file.ts';
import type { Disk } from './disk.ts';

/** How many partitions a log has: given, and then at least those that are there; or what it was made with. */
export type PartitionCount =
  | { readonly kind: 'growing'; readonly partitions: number }
  /** Kept with the log when it is made, and the same ever after. Undefined: what it was made with, 1 for a new one. */
  | { readonly kind: 'fixed'; readonly partitions: number | undefined };

/** A log's directory, as long as this thread owns it. */
export type OwnedDirectory = { readonly partitions: number; readonly release: () => void };

const COUNT_FILE = 'partitions.json';
const COUNT_VERSION = 1;

/**
 * Takes the directory for this thread, creates it when it is not there, and settles how many partitions it has. Throws
 * LogError `locked`, `invalid` for another number of partitions, `corrupt`, `version` or `failed`.
 */
export function ownLogDirectory(disk: Disk, directory: string, count: PartitionCount): OwnedDirectory {
  let release: () => void;
  try {
    disk.makeDirectory(directory);
    release = disk.own(directory);
  } catch (error) {
    throw asLogError(error, `taking ${directory}`);
  }
  try {
    return { partitions: settleCount(disk, directory, count), release };
  } catch (error) {
    release();
    throw asLogError(error, `opening ${directory}`);
  }
}

/** Where a partition's segments are; partitions count from 0 on. Other files there are left alone. */
export function partitionDirectory(directory: string, partition: number): string {
  return join(directory, `partition-${partition}`);
}

function settleCount(disk: Disk, directory: string, count: PartitionCount): number {
  const names = disk.list(directory);
  const numbers = names.flatMap((name) => /^partition-([0-9]+)$/.exec(name)?.[1] ?? []);
  const existing = 1 + Math.max(-1, ...numbers.map(Number));
  if (count.kind === 'growing') {
    if (existing <= count.partitions) return count.partitions;
    const message = `${directory} holds ${existing} partitions; with ${count.partitions} the others would be lost`;
    throw new LogError('invalid', message);
  }
  const isKept = names.includes(COUNT_FILE);
  // A log of before the file was kept has at least one partition.
  const made = isKept ? readCount(disk, directory) : existing > 0 ? existing : undefined;
  const partitions = count.partitions ?? made ?? 1;
  if (made !== undefined && made !== partitions) {
    const but = `but got ${partitions}: ask for ${made} or for none, or use a new directory`;
    throw new LogError(
      'invalid',
      `Expected ${made} partitions, as the directory ${directory} was created with, ${but}`,
    );
  }
  if (!isKept) writeCount(disk, directory, partitions);
  return partitions;
}

function readCount(disk: Disk, directory: string): number {
  const path = join(directory, COUNT_FILE);
  const file = disk.open(path, 'read');
  try {
    const bytes = new Uint8Array(file.size());
    const text = Buffer.from(bytes.subarray(0, file.read(bytes, 0))).toString();
    const { version, partitions } = parse(text);
    if (typeof version === 'number' && version > COUNT_VERSION) {
      const message = `${path} is of version ${version}; this software reads ${COUNT_VERSION}. Upgrade first.`;
      throw new LogError('version', message);
    }
    if (Number.isSafeInteger(partitions) && Number(partitions) >= 1) return Number(partitions);
    throw new LogError(
      'corrupt',
      `Expected ${path} to hold the number of partitions, but it holds '${text}'`,
    );
  } finally {
    file.close();
  }
}

function parse(text: string): { readonly version?: unknown; readonly partitions?: unknown } {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}

/** Before the first partition is made, so that there never is a part of them without their number. */
function writeCount(disk: Disk, directory: string, partitions: number): void {
  const atomic = new AtomicFile(disk, join(directory, COUNT_FILE));
  try {
    atomic.file.write([Buffer.from(`${JSON.stringify({ version: COUNT_VERSION, partitions })}\n`)], 0);
    atomic.finish();
  } catch (error) {
    atomic.abandon();
    throw error;
  }
}
