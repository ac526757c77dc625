/**
 * A disk in memory that does to unsynced content whatever a real one may: for tests that a process kill can't
 * be, since the system's page cache survives that. All its choices come from the seed; print it when a test
 * fails.
 */
import { dirname } from 'node:path';
import type { Disk, DiskFile } from './file/disk.ts';
import { LogError } from './log-error.ts';
import { seededRandom } from './seeded-random.ts';
import { SimulatedFile } from './simulated-file.ts';

export type SimulatedDiskOptions = {
  readonly seed: number;
  /** What is written whole or not at all. Small ones tear more. Default 64 bytes. */
  readonly sectorBytes?: number;
};

type Entry = { readonly path: string; readonly file: SimulatedFile | undefined };
type Directory = {
  readonly durable: Map<string, SimulatedFile>;
  /** Creations and removals (file undefined) since the last sync; what must happen together, together. */
  pending: (readonly Entry[])[];
};

export class SimulatedDisk implements Disk {
  readonly #random: () => number;
  readonly #sectorBytes: number;
  readonly #directories = new Map<string, Directory>();
  #files = new Map<string, SimulatedFile>();
  readonly #owned = new Set<string>();
  /** Counts crashes: a file opened before one is of no use after it. */
  #life = 0;
  #changesLeft = Number.POSITIVE_INFINITY;
  /**
   * Chance from 0 to 1 that a `sync` fails; what it should have written is then in doubt and no longer
   * pending.
   */
  syncFailureChance = 0;
  /** Content beyond this total is refused, with a part of it written. */
  capacityBytes = Number.POSITIVE_INFINITY;

  constructor(options: SimulatedDiskOptions) {
    this.#random = seededRandom(options.seed);
    this.#sectorBytes = options.sectorBytes ?? 64;
  }

  get usedBytes(): number {
    return [...this.#files.values()].reduce((sum, file) => sum + file.size, 0);
  }

  /** Whether the machine has come to the end that `stopAfter` set. */
  get isStopped(): boolean {
    return this.#changesLeft < 0;
  }

  /** Paths of all files as a running process sees them. */
  get paths(): string[] {
    return [...this.#files.keys()].sort();
  }

  /** Lets this many more changes happen; the next one and every call after it throw until `crash`. */
  stopAfter(changes: number): void {
    this.#changesLeft = changes;
  }

  /**
   * Ends every user of the disk. `kill` keeps what was written, synced or not; at `power` each unsynced
   * change is kept, dropped or torn, each by itself. Afterwards the disk works again.
   */
  crash(kind: 'kill' | 'power'): void {
    this.#life += 1;
    this.#owned.clear();
    this.#changesLeft = Number.POSITIVE_INFINITY;
    if (kind === 'kill') return;
    this.#files = new Map();
    for (const directory of this.#directories.values()) {
      for (const entries of directory.pending) {
        if (this.#random() < 0.5) continue;
        settle(directory, entries);
      }
      directory.pending = [];
      for (const [path, file] of directory.durable) this.#files.set(path, file);
    }
    for (const file of this.#files.values()) file.losePower(this.#random, this.#sectorBytes);
  }

  /** Flips one bit, durably; returns its byte offset. The file must not be empty. */
  flipBit(path: string): number {
    const file = this.#file(path);
    const bit = Math.floor(this.#random() * file.size * 8);
    file.flipBit(bit);
    return Math.floor(bit / 8);
  }

  makeDirectory(path: string): void {
    this.#checkRunning();
    for (let at = path; !this.#directories.has(at); at = dirname(at)) {
      this.#directories.set(at, { durable: new Map(), pending: [] });
    }
  }

  list(directory: string): readonly string[] {
    this.#checkRunning();
    return [...this.#files.keys(), ...this.#directories.keys()]
      .filter((path) => dirname(path) === directory && path !== directory)
      .map((path) => path.slice(directory.length + 1));
  }

  open(path: string, mode: 'read' | 'update' | 'create'): DiskFile {
    this.#checkRunning();
    if (mode !== 'create') return this.#handle(this.#file(path));
    if (this.#files.has(path)) throw new Error(`EEXIST: ${path}`);
    const file = new SimulatedFile();
    this.#change();
    this.#files.set(path, file);
    this.#directory(dirname(path)).pending.push([{ path, file }]);
    return this.#handle(file);
  }

  remove(path: string): void {
    this.#file(path);
    this.#change();
    this.#files.delete(path);
    this.#directory(dirname(path)).pending.push([{ path, file: undefined }]);
  }

  rename(path: string, newPath: string): void {
    const file = this.#file(path);
    this.#change();
    this.#files.delete(path);
    this.#files.set(newPath, file);
    const entries = [
      { path, file: undefined },
      { path: newPath, file },
    ];
    this.#directory(dirname(path)).pending.push(entries);
  }

  syncDirectory(path: string): void {
    this.#change();
    const directory = this.#directory(path);
    if (this.#random() < this.syncFailureChance) throw new Error(`EIO: sync of ${path}`);
    for (const entries of directory.pending) settle(directory, entries);
    directory.pending = [];
  }

  own(directory: string): () => void {
    this.#checkRunning();
    if (this.#owned.has(directory)) throw new LogError('locked', `${directory} is owned by this process`);
    const life = this.#life;
    this.#owned.add(directory);
    return () => {
      if (life === this.#life) this.#owned.delete(directory);
    };
  }

  #handle(file: SimulatedFile): DiskFile {
    const life = this.#life;
    const check = (): void => {
      if (life !== this.#life) throw new Error('EBADF: opened before the crash');
      this.#checkRunning();
    };
    return {
      size: () => {
        check();
        return file.size;
      },
      read: (target, offset) => {
        check();
        return file.read(target, offset);
      },
      write: (chunks, offset) => {
        check();
        const content = Buffer.concat(chunks);
        const free = this.capacityBytes - this.usedBytes + Math.max(0, file.size - offset);
        this.#change(() => file.write(content.subarray(0, Math.max(0, free)), offset));
        if (content.length > free) throw new Error('ENOSPC: the simulated disk is full');
      },
      truncate: (sizeBytes) => {
        check();
        this.#change(() => file.truncate(sizeBytes));
      },
      sync: () => {
        check();
        this.#change();
        if (this.#random() < this.syncFailureChance) {
          file.failSync(this.#random, this.#sectorBytes);
          throw new Error('EIO: the simulated sync failed');
        }
        file.sync();
      },
      close: () => {},
    };
  }

  /**
   * Does the change; the last one before the stop may have reached the page cache although its caller never
   * knows.
   */
  #change(apply: () => void = () => {}): void {
    this.#checkRunning();
    this.#changesLeft -= 1;
    if (this.#changesLeft >= 0 || this.#random() < 0.5) apply();
    this.#checkRunning();
  }

  #checkRunning(): void {
    if (this.#changesLeft < 0) throw new Error('The simulated machine has stopped');
  }

  #file(path: string): SimulatedFile {
    const file = this.#files.get(path);
    if (file === undefined) throw new Error(`ENOENT: ${path}`);
    return file;
  }

  #directory(path: string): Directory {
    const directory = this.#directories.get(path);
    if (directory === undefined) throw new Error(`ENOENT: ${path}`);
    return directory;
  }
}

function settle(directory: Directory, entries: readonly Entry[]): void {
  for (const { path, file } of entries) {
    if (file === undefined) directory.durable.delete(path);
    else directory.durable.set(path, file);
  }
}
