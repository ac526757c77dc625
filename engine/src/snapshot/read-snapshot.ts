import type { Packr } from 'msgpackr';
import { decodeFrameHeader, FRAME_HEADER_BYTES, frameBytes, payloadIsWhole } from '../log/file/frame.ts';
import type { DiskFile, LogPosition } from '../log/index.ts';
import { createEngineState, type EngineState } from '../state/engine-state.ts';
import type { StatePart, StoredRow } from '../state/store.ts';
import type { SnapshotProgress } from './progress.ts';
import { type SnapshotFiles, snapshotPath } from './snapshot-files.ts';
import {
  checkSnapshotHeader,
  damagedSnapshot,
  END_BLOCK,
  FIRST_TABLE_BLOCK,
  loadedLeftOver,
  otherVersion,
  PROGRESS_BLOCK,
  SNAPSHOT_HEADER_BYTES,
  type StoredEnd,
  type StoredProgress,
  snapshotPackr,
} from './snapshot-format.ts';

export type LoadedSnapshot = {
  readonly state: EngineState;
  readonly progress: SnapshotProgress;
  /** Size of the file. */
  readonly bytes: number;
};

type Block = { readonly kind: number; readonly payload: Uint8Array };

/**
 * Loads a snapshot into a new state. No byte is looked at before its block's checksum was found right, and nothing comes
 * of it unless the whole file is. Throws LogError `corrupt`, `version`, or the disk's error.
 */
export function readSnapshot(files: SnapshotFiles, next: LogPosition): LoadedSnapshot {
  const path = snapshotPath(files, next);
  const file = files.disk.open(path, 'read');
  try {
    const header = new Uint8Array(SNAPSHOT_HEADER_BYTES);
    const whole = header.subarray(0, file.read(header, 0));
    checkSnapshotHeader(whole, path, files.partitionId, next);
    return new SnapshotReading(file, path).read(next);
  } finally {
    file.close();
  }
}

class SnapshotReading {
  readonly #file: DiskFile;
  readonly #path: string;
  readonly #size: number;
  readonly #packr: Packr = snapshotPackr();
  readonly #state = createEngineState();
  #offset = SNAPSHOT_HEADER_BYTES;

  constructor(file: DiskFile, path: string) {
    this.#file = file;
    this.#path = path;
    this.#size = file.size();
  }

  read(next: LogPosition): LoadedSnapshot {
    const first = this.#block();
    if (first.kind !== PROGRESS_BLOCK) throw this.#damaged('it does not begin with its progress');
    const stored = this.#packr.unpack(first.payload) as StoredProgress;
    const tables = this.#tables(stored);
    for (let blocks = 1; ; blocks += 1) {
      const { kind, payload } = this.#block();
      if (kind === END_BLOCK) {
        this.#checkEnd(this.#packr.unpack(payload) as StoredEnd, blocks);
        break;
      }
      const table = tables[kind - FIRST_TABLE_BLOCK];
      if (table === undefined) throw this.#damaged(`a block of the unknown kind ${kind}`);
      this.#packr.unpackMultiple(payload, (row: unknown) => void table.load(row as StoredRow));
    }
    const progress = {
      lastPosition: stored.lastPosition,
      keyCounter: stored.keyCounter,
      leftOver: loadedLeftOver(stored.leftOver),
      next,
    };
    return { state: this.#state, progress, bytes: this.#size };
  }

  #tables({ tables }: StoredProgress): StatePart[] {
    return tables.map(({ name, version }) => {
      const part = this.#state.store.parts.find((known) => known.name === name);
      if (part === undefined)
        throw otherVersion(this.#path, `it has the unknown table '${name}'. Upgrade first`);
      if (part.version === version) return part;
      const hint = version > part.version ? 'Upgrade first' : 'There is no migration';
      const versions = `has version ${version}, not ${part.version}`;
      throw otherVersion(this.#path, `its table '${name}' ${versions}. ${hint}`);
    });
  }

  #checkEnd(end: StoredEnd, blocks: number): void {
    if (end.blocks !== blocks) throw this.#damaged(`it has ${blocks} of ${end.blocks} blocks`);
    if (this.#offset !== this.#size) throw this.#damaged('it goes on after its end');
  }

  #block(): Block {
    const headerBytes = this.#bytes(FRAME_HEADER_BYTES);
    const header = decodeFrameHeader(frameBytes(headerBytes), 0, this.#offset);
    if (header === undefined || this.#offset + FRAME_HEADER_BYTES + header.payloadBytes > this.#size) {
      throw this.#damaged('it is cut off or damaged');
    }
    const whole = this.#bytes(FRAME_HEADER_BYTES + header.payloadBytes);
    if (!payloadIsWhole(frameBytes(whole), 0, header)) throw this.#damaged('a block is damaged');
    this.#offset += whole.length;
    return { kind: header.flags, payload: whole.subarray(FRAME_HEADER_BYTES) };
  }

  #bytes(length: number): Uint8Array {
    // Not pooled: strings and binaries of the rows may refer to it.
    const bytes = Buffer.allocUnsafeSlow(length);
    return bytes.subarray(0, this.#file.read(bytes, this.#offset));
  }

  #damaged(why: string): Error {
    return damagedSnapshot(this.#path, this.#offset, why);
  }
}
