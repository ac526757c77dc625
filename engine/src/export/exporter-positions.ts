import { join } from 'node:path';
import { AtomicFile } from '../log/file/atomic-file.ts';
import { crc32c } from '../log/file/crc32c.ts';
import { type Disk, LogError, type LogPosition, logPosition } from '../log/index.ts';

/** Up to where an exporter has made records safe. */
export type ExporterPosition = {
  /** The first batch of the log that is not exported. */
  readonly next: LogPosition;
  /** The last record before it. */
  readonly position: number;
  readonly memo: string | undefined;
};

type Stored = { readonly version: number; readonly exporters: Readonly<Record<string, StoredPosition>> };
type StoredPosition = { readonly next: number; readonly position: number; readonly memo?: string };

const NAME = 'exporters.json';
const VERSION = 1;

/**
 * The acknowledged positions of one partition's exporters, in a file of two lines: JSON, and its CRC-32C. It is always
 * replaced as a whole.
 */
export class ExporterPositions {
  readonly #disk: Disk;
  readonly #directory: string;
  #durable: ReadonlyMap<string, ExporterPosition>;
  readonly #newest: Map<string, ExporterPosition>;
  #isDirty = false;

  /**
   * Positions of other exporters than these are forgotten: they would hold the log forever. A damaged file counts as
   * none, since exporters may see records again: `onDamaged` is told. Throws LogError `version`, or the disk's error.
   */
  constructor(
    disk: Disk,
    directory: string,
    ids: readonly string[],
    onDamaged: (path: string, reason: string) => void,
  ) {
    this.#disk = disk;
    this.#directory = directory;
    this.#newest = new Map([...this.#read(onDamaged)].filter(([id]) => ids.includes(id)));
    this.#durable = new Map(this.#newest);
  }

  get(id: string): ExporterPosition | undefined {
    return this.#newest.get(id);
  }

  /** Whether there is something to save. */
  get isDirty(): boolean {
    return this.#isDirty;
  }

  set(id: string, position: ExporterPosition): void {
    this.#newest.set(id, position);
    this.#isDirty = true;
  }

  /** Where the exporter would go on after a crash. */
  durable(id: string): LogPosition | undefined {
    return this.#durable.get(id)?.next;
  }

  /** Makes the positions durable. Throws the disk's error. */
  save(): void {
    const exporters: Record<string, StoredPosition> = {};
    for (const [id, { next, position, memo }] of this.#newest) {
      exporters[id] = { next, position, ...(memo === undefined ? {} : { memo }) };
    }
    const stored: Stored = { version: VERSION, exporters };
    const json = Buffer.from(JSON.stringify(stored));
    const checksum = `\n${crc32c(json).toString(16).padStart(8, '0')}\n`;
    const target = new AtomicFile(this.#disk, this.#path);
    try {
      target.file.write([json, Buffer.from(checksum)], 0);
      target.finish();
    } catch (error) {
      target.abandon();
      throw error;
    }
    this.#durable = new Map(this.#newest);
    this.#isDirty = false;
  }

  get #path(): string {
    return join(this.#directory, NAME);
  }

  #read(onDamaged: (path: string, reason: string) => void): Map<string, ExporterPosition> {
    this.#disk.makeDirectory(this.#directory);
    if (!this.#disk.list(this.#directory).includes(NAME)) return new Map();
    const text = this.#text();
    const [json = '', checksum] = text.split('\n');
    if (crc32c(Buffer.from(json)).toString(16).padStart(8, '0') !== checksum) {
      onDamaged(this.#path, 'its checksum is wrong');
      return new Map();
    }
    const stored = JSON.parse(json) as Stored;
    if (stored.version > VERSION) {
      const message = `${this.#path} has format version ${stored.version}, newer than ${VERSION}. Upgrade first.`;
      throw new LogError('version', message, { place: { segment: this.#path, offset: 0 } });
    }
    const entries = Object.entries(stored.exporters);
    return new Map(
      entries.map(([id, { next, position, memo }]) => [id, { next: logPosition(next), position, memo }]),
    );
  }

  #text(): string {
    const file = this.#disk.open(this.#path, 'read');
    try {
      const bytes = new Uint8Array(file.size());
      return Buffer.from(bytes.subarray(0, file.read(bytes, 0))).toString('utf8');
    } finally {
      file.close();
    }
  }
}
