import { basename } from 'node:path';
import { encodeIntakeRecord, type RowMapping, type RowValue } from '../../intake/record.ts';
import type { ImportOptions } from './columns.ts';
import { encodeRun } from './encode.ts';
import { ImportError } from './import-error.ts';
import { type OpenedLog, openLogFile } from './open.ts';
import type { ImportReport, Rejection } from './report.ts';
import type { RowRun } from './row-run.ts';

export type { ImportOptions } from './columns.ts';

export type ImportProgress = {
  readonly read: number;
  readonly bytesRead: number;
  readonly bytesTotal: number;
};

/** For a run's columns: why a row will become a dead letter, or `undefined`. `rowRefusal` of the normaliser. */
export type RowRefusal = (
  columns: readonly string[],
  mapping: RowMapping,
) => (row: readonly RowValue[]) => string | undefined;

export type ImportFile = {
  readonly path: string;
  /** What the file is called in the source and in messages, when its path is only where it was put. */
  readonly name?: string;
  readonly options: ImportOptions;
  /** Resolves when the intake record is durable. Called in the order of the rows, up to 4 at a time. */
  readonly append: (record: Uint8Array) => Promise<void>;
  readonly refusal: RowRefusal;
  /** Epoch microseconds. */
  readonly nowUs: () => number;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Ends the import between two runs; what was appended stays. */
  readonly signal?: AbortSignal;
};

const IN_FLIGHT_MAX = 4;
const REJECTIONS_SHOWN = 10;

/**
 * Brings a log file into the intake log and resolves when all of it is durable. Every row is appended, also one that will only
 * become a dead letter; the report tells them apart. Importing the same file the same way again gives the same event ids.
 *
 * @throws ImportError when the file cannot be read, or not to its end: `report` then says how far it came. What `append` and
 * `signal` throw goes through as it is.
 */
export async function importLogFile(file: ImportFile): Promise<ImportReport> {
  const startedUs = file.nowUs();
  const name = file.name ?? file.path;
  const log = await openLogFile(file.path, file.options, name);
  const counts = new ImportCounts(log, file.refusal);
  const report = (): ImportReport => counts.report((file.nowUs() - startedUs) / 1000);
  const inFlight: Promise<void>[] = [];
  try {
    for await (const run of log.runs) {
      file.signal?.throwIfAborted();
      if (inFlight.length === IN_FLIGHT_MAX) await inFlight.shift();
      inFlight.push(appendRun(file, log, run, `file:${basename(name)}`));
      counts.add(run);
      file.onProgress?.({ read: counts.read, bytesRead: log.bytesRead(), bytesTotal: log.bytesTotal });
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

function appendRun(file: ImportFile, log: OpenedLog, run: RowRun, source: string): Promise<void> {
  const { head, body } = encodeRun(log, run, file.options.flow, source, file.nowUs());
  const appended = file.append(encodeIntakeRecord(head, body));
  // Awaited in its turn; without this a failure in between would end the process.
  appended.catch(() => undefined);
  return appended;
}

class ImportCounts {
  readonly #log: OpenedLog;
  readonly #refusal: RowRefusal;
  readonly #firstRejections: Rejection[] = [];
  #rows = 0;
  #rejected = 0;

  constructor(log: OpenedLog, refusal: RowRefusal) {
    this.#log = log;
    this.#refusal = refusal;
  }

  get read(): number {
    return this.#rows + this.#log.skipped();
  }

  add(run: RowRun): void {
    const refuse = this.#refusal(run.columns, this.#log.mapping);
    this.#rows += run.rows.length;
    for (let index = 0; index < run.rows.length; index += 1) {
      const reason = run.faults.get(index) ?? refuse(run.rows[index] ?? []);
      if (reason === undefined) continue;
      this.#rejected += 1;
      if (this.#firstRejections.length < REJECTIONS_SHOWN) {
        this.#firstRejections.push({ line: run.lines[index] ?? 0, reason });
      }
    }
  }

  report(durationMs: number): ImportReport {
    return {
      read: this.read,
      appended: this.#rows - this.#rejected,
      rejected: this.#rejected,
      skipped: this.#log.skipped(),
      firstRejections: this.#firstRejections,
      notes: this.#log.notes(),
      bytes: this.#log.bytesRead(),
      durationMs,
    };
  }
}
