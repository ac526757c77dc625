import type { ImportPlace } from '../../intake/record.ts';
import type { ImportOptions } from './columns.ts';
import { ImportError } from './import-error.ts';
import type { OcelRefusal } from './ocel/ocel-portions.ts';
import { type OpenedFile, openFile } from './open.ts';
import { encodePortion, type Portion } from './portion.ts';
import type { ImportReport, Rejection } from './report.ts';
import type { RowRefusal } from './row-portions.ts';

export type { ImportOptions } from './columns.ts';

export type ImportProgress = {
  readonly read: number;
  readonly bytesRead: number;
  readonly bytesTotal: number;
};

export type ImportFile = {
  readonly path: string;
  /** What the file is called in the source and in messages, when its path is only where it was put. */
  readonly name?: string;
  readonly options: ImportOptions;
  /** Under which the records of this import are counted; unique. */
  readonly run: string;
  /** Up to which row, line or element an earlier import of the same file, the same way, is known to have come; 0 for none. */
  readonly resumeAfter: (importId: string) => Promise<number>;
  /** Resolves when the intake record is durable. Called in the order of the file, a few at a time. */
  readonly append: (record: Uint8Array) => Promise<void>;
  readonly rowRefusal: RowRefusal;
  readonly ocelRefusal: OcelRefusal;
  /** Epoch microseconds. */
  readonly nowUs: () => number;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Ends the import between two portions; what was appended stays. */
  readonly signal?: AbortSignal;
};

const IN_FLIGHT_MAX = 4;
const REJECTIONS_SHOWN = 10;

/**
 * Brings a file into the intake log and resolves when all of it is durable. Everything is appended, also what will only become a
 * dead letter; the report tells them apart. Importing the same file the same way again gives the same event ids, and goes on where
 * the import before it ended.
 *
 * @throws ImportError when the file cannot be read, or not to its end: `report` then says how far it came. What `append` and
 * `signal` throw goes through as it is.
 */
export async function importLogFile(file: ImportFile): Promise<ImportReport> {
  const startedUs = file.nowUs();
  const opened = await openFile(file.path, file, file.name ?? file.path);
  const after = await file.resumeAfter(opened.importId);
  const counts = new ImportCounts(opened);
  const report = (): ImportReport => counts.report((file.nowUs() - startedUs) / 1000);
  const inFlight: Promise<void>[] = [];
  try {
    for await (const portion of opened.portions) {
      file.signal?.throwIfAborted();
      const present = portion.first + portion.count - 1 <= after;
      for (const record of present
        ? []
        : encodePortion(portion.records(), placeOf(portion, opened, file), file.nowUs())) {
        if (inFlight.length >= IN_FLIGHT_MAX) await inFlight.shift();
        inFlight.push(appended(file, record));
      }
      counts.add(portion, present);
      file.onProgress?.({ read: counts.read, bytesRead: opened.bytesRead(), bytesTotal: opened.bytesTotal });
    }
    await Promise.all(inFlight);
  } catch (error) {
    const unfinished = (await Promise.allSettled(inFlight)).find((result) => result.status === 'rejected');
    if (unfinished !== undefined) throw unfinished.reason;
    if (error instanceof ImportError) error.report = report();
    throw error;
  }
  return report();
}

function placeOf({ first, count }: Portion, { importId }: OpenedFile, { run }: ImportFile): ImportPlace {
  return { importId, run, first, count };
}

function appended(file: ImportFile, record: Uint8Array): Promise<void> {
  const done = file.append(record);
  // Awaited in its turn; without this a failure in between would end the process.
  done.catch(() => undefined);
  return done;
}

class ImportCounts {
  readonly #opened: OpenedFile;
  readonly #firstRejections: Rejection[] = [];
  #found = 0;
  #rejected = 0;
  #present = 0;

  constructor(opened: OpenedFile) {
    this.#opened = opened;
  }

  get read(): number {
    return this.#found + this.#opened.skipped();
  }

  add({ read, rejections }: Portion, present: boolean): void {
    this.#found += read;
    this.#rejected += rejections.length;
    if (present) this.#present += read - rejections.length;
    const room = REJECTIONS_SHOWN - this.#firstRejections.length;
    if (room > 0) this.#firstRejections.push(...rejections.slice(0, room));
  }

  report(durationMs: number): ImportReport {
    return {
      format: this.#opened.format,
      read: this.read,
      appended: this.#found - this.#rejected - this.#present,
      present: this.#present,
      rejected: this.#rejected,
      skipped: this.#opened.skipped(),
      firstRejections: this.#firstRejections,
      notes: this.#opened.notes(),
      bytes: this.#opened.bytesRead(),
      durationMs,
    };
  }
}
