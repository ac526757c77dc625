import { basename, dirname, join } from 'node:path';
import type { Disk, DiskFile } from './disk.ts';

const TEMPORARY = '.tmp';

/**
 * A file that appears under its name, in place of what had it, wholly or not at all. The directory must be there and
 * have one writer. Throws the disk's error.
 */
export class AtomicFile {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #temporary: string;
  readonly file: DiskFile;

  /** Begins to write it, beside the one that is there. */
  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
    this.#temporary = path + TEMPORARY;
    const directory = dirname(path);
    if (disk.list(directory).includes(basename(this.#temporary))) disk.remove(this.#temporary);
    this.file = disk.open(this.#temporary, 'create');
  }

  /** Makes it durable and gives it its name, durably. */
  finish(): void {
    this.file.sync();
    this.file.close();
    this.#disk.rename(this.#temporary, this.#path);
    this.#disk.syncDirectory(dirname(this.#path));
  }

  /** Gives it up. Never throws: a leftover is in nobody's way. */
  abandon(): void {
    try {
      this.file.close();
      this.#disk.remove(this.#temporary);
    } catch {
      // The next writer removes it.
    }
  }
}

/** Removes what writers that did not come to their end left in the directory. Throws the disk's error. */
export function removeUnfinished(disk: Disk, directory: string): void {
  for (const name of disk.list(directory)) {
    if (name.endsWith(TEMPORARY)) disk.remove(join(directory, name));
  }
}
