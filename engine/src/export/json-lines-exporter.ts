import { join } from 'node:path';
import type { EngineRecord } from '../protocol/record.ts';
import { recordToJson } from '../protocol/record-json.ts';
import { type ExportDisk, type ExportFile, nodeExportDisk } from './export-disk.ts';
import type { Exporter, ExporterContext } from './exporter.ts';
import { TextBuffer } from './text-buffer.ts';

export type JsonLinesOptions = {
  /** Created when it is not there. Has no other user. */
  readonly directory: string;
  /** A file takes no further lines when it has this size. Default 64 MiB. */
  readonly fileBytes?: number;
  readonly disk?: ExportDisk;
};

/** Where the exported lines end: what comes after in the files was not acknowledged. */
type End = { readonly file: string; readonly bytes: number };

/**
 * Writes records as lines of JSON to `partition-<id>-<number>.jsonl`, one file after the other, without holes. A restart
 * takes back the lines that were not acknowledged and writes them again, so that each is there once; only when the
 * exporter's position was lost it begins anew, in a new file. Integers are exact: from partition 4 on keys exceed 2^53.
 */
export function jsonLinesExporter(options: JsonLinesOptions): () => Exporter {
  return () => new JsonLinesExporter(options);
}

class JsonLinesExporter implements Exporter {
  readonly #directory: string;
  readonly #fileBytes: number;
  readonly #disk: ExportDisk;
  #partitionId = 0;
  readonly #lines = new TextBuffer();
  #file: ExportFile | undefined;
  #end: End = { file: '', bytes: 0 };

  constructor(options: JsonLinesOptions) {
    this.#directory = options.directory;
    this.#fileBytes = options.fileBytes ?? 64 * 2 ** 20;
    this.#disk = options.disk ?? nodeExportDisk;
  }

  get bufferedBytes(): number {
    return this.#lines.length;
  }

  async open({ partitionId, memo }: ExporterContext): Promise<string> {
    this.#partitionId = partitionId;
    const files = await this.#files();
    const end = memo === undefined ? undefined : (JSON.parse(memo) as End);
    // Without a memo nothing is known of the files that are there: they are left as they are.
    const isKnown = end !== undefined && files.includes(end.file);
    if (end !== undefined) {
      // What was written after the last acknowledged line is written again.
      for (const file of files.filter((name) => name > end.file)) await this.#disk.remove(this.#path(file));
    }
    if (!isKnown) {
      await this.#begin(this.#nameAfter(end?.file ?? files.at(-1)));
      return JSON.stringify(this.#end);
    }
    this.#file = await this.#disk.open(this.#path(end.file));
    const size = await this.#file.size();
    if (size > end.bytes) await this.#file.truncate(end.bytes);
    // A shorter one was changed by somebody; lines are only added.
    this.#end = { file: end.file, bytes: Math.min(size, end.bytes) };
    return JSON.stringify(this.#end);
  }

  export(record: EngineRecord): void {
    this.#lines.add(recordToJson(record));
    this.#lines.add('\n');
  }

  async flush(): Promise<string> {
    if (this.#end.bytes >= this.#fileBytes) {
      await this.#file?.close();
      this.#file = undefined;
      await this.#begin(this.#nameAfter(this.#end.file));
    }
    const file = this.#file;
    if (file === undefined) throw new Error('Expected the exporter to be open, but it is not');
    const bytes = this.#lines.length;
    await file.write(this.#lines.view(), this.#end.bytes);
    await file.sync();
    this.#lines.clear();
    this.#end = { file: this.#end.file, bytes: this.#end.bytes + bytes };
    return JSON.stringify(this.#end);
  }

  async close(): Promise<void> {
    this.#lines.clear();
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #begin(file: string): Promise<void> {
    this.#file = await this.#disk.open(this.#path(file));
    await this.#file.truncate(0);
    this.#end = { file, bytes: 0 };
  }

  async #files(): Promise<string[]> {
    const names = await this.#disk.list(this.#directory);
    return names.filter((name) => name.startsWith(this.#prefix) && name.endsWith('.jsonl')).sort();
  }

  get #prefix(): string {
    return `partition-${this.#partitionId}-`;
  }

  #nameAfter(file: string | undefined): string {
    const number = file === undefined ? 0 : Number.parseInt(file.slice(this.#prefix.length), 10);
    return `${this.#prefix}${String(number + 1).padStart(8, '0')}.jsonl`;
  }

  #path(file: string): string {
    return join(this.#directory, file);
  }
}
