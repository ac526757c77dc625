import { createHash } from 'node:crypto';
import type { RowMapping } from '../../intake/record.ts';
import { checkColumns, DEFAULT_CASE, type ImportOptions, mappingOf } from './columns.ts';
import { readCsv } from './csv.ts';
import { type DetectedFormat, detectFormat } from './format.ts';
import type { RowRun } from './row-run.ts';
import { openStoredFile, type StoredFile } from './stored-file.ts';
import { emptyTally, notesOf, type ReadingTally } from './tally.ts';
import { decodeDeclared, decodeUtf8 } from './text.ts';
import { readXes } from './xes.ts';

export type OpenedLog = {
  readonly format: 'csv' | 'xes';
  readonly compressed: boolean;
  readonly mapping: RowMapping;
  /** Digest of the stored content, the flow and the mapping: the same file imported the same way has the same id. */
  readonly importId: string;
  /** Size of the file as stored. */
  readonly bytesTotal: number;
  /** Once; ends with an ImportError where the file does, after the rows before that place. */
  readonly runs: AsyncIterable<RowRun>;
  /** Stored bytes read so far, a little ahead of the rows handed out. */
  bytesRead(): number;
  /** Rows left out on request so far. */
  skipped(): number;
  /** What the reader had to do, as sentences; complete when `runs` has ended. */
  notes(): readonly string[];
};

const SAMPLE_BYTES = 64 * 1024;
const IMPORT_ID_LENGTH = 32;

/**
 * Opens an event log: XES or CSV, gzipped or not, told by content. Reads the file once for its digest, and then as far as its
 * first run of rows, so that a file that cannot be an event log is refused here; memory is bounded by one run.
 * Messages call the file `fileName`.
 *
 * @throws ImportError
 */
export async function openLogFile(path: string, options: ImportOptions, fileName = path): Promise<OpenedLog> {
  const file = await openStoredFile(path, fileName);
  const tally = emptyTally();
  const { detected, chunks } = await sniff(file, fileName);
  const mapping = mappingOf(options);
  const source =
    detected.format === 'csv'
      ? csvRuns(chunks, options, fileName, tally)
      : xesRuns(chunks, detected, options, fileName, tally);
  const first = await source.next();
  if (detected.format === 'xes' && first.done !== true) checkXesColumns(first.value, mapping, fileName);
  return {
    format: detected.format,
    compressed: file.compressed,
    mapping,
    importId: importIdOf(file.digest, mapping, options),
    bytesTotal: file.bytesTotal,
    runs: continued(first, source),
    bytesRead: file.bytesRead,
    skipped: () => tally.skipped,
    notes: () => notesOf(tally),
  };
}

function csvRuns(
  chunks: AsyncIterable<Buffer>,
  options: ImportOptions,
  fileName: string,
  tally: ReadingTally,
): AsyncGenerator<RowRun> {
  return readCsv(decodeUtf8(chunks, fileName), options, fileName, tally);
}

function xesRuns(
  chunks: AsyncIterable<Buffer>,
  detected: { readonly encoding: string },
  options: ImportOptions,
  fileName: string,
  tally: ReadingTally,
): AsyncGenerator<RowRun> {
  const isUtf8 = /^(utf-?8|us-ascii|ascii)$/i.test(detected.encoding);
  const texts = isUtf8 ? decodeUtf8(chunks, fileName) : decodeDeclared(chunks, fileName, detected.encoding);
  return readXes(texts, options.lifecycle === 'complete', fileName, tally);
}

/** The columns of an XES log are only known as it is read: its first run must have those that were asked for. */
function checkXesColumns(run: RowRun, mapping: RowMapping, fileName: string): void {
  const columns = run.columns.includes(DEFAULT_CASE) ? run.columns : [...run.columns, DEFAULT_CASE];
  checkColumns(columns, mapping, fileName);
}

/** Enough of the content to tell its format, and the content from its beginning. */
async function sniff(
  file: StoredFile,
  fileName: string,
): Promise<{ detected: DetectedFormat; chunks: AsyncIterable<Buffer> }> {
  const content = file.read()[Symbol.asyncIterator]();
  const read: Buffer[] = [];
  let fault: unknown;
  let length = 0;
  while (length < SAMPLE_BYTES) {
    const next = await content.next().catch((error: unknown) => {
      fault = error;
      return { done: true as const, value: undefined };
    });
    if (next.done === true) break;
    read.push(next.value);
    length += next.value.length;
  }
  const sample = Buffer.concat(read);
  if (length === 0 && fault !== undefined) throw fault;
  const detected = detectFormat(sample.subarray(0, SAMPLE_BYTES), fileName);
  return { detected, chunks: resumed(sample, fault, content) };
}

async function* resumed(
  sample: Buffer,
  fault: unknown,
  content: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer> {
  try {
    yield sample;
    if (fault !== undefined) throw fault;
    yield* { [Symbol.asyncIterator]: () => content };
  } finally {
    await content.return?.();
  }
}

async function* continued(
  first: IteratorResult<RowRun, unknown>,
  source: AsyncGenerator<RowRun>,
): AsyncGenerator<RowRun> {
  try {
    if (first.done === true) return;
    yield first.value;
    yield* source;
  } finally {
    await source.return(undefined);
  }
}

function importIdOf(digest: string, mapping: RowMapping, options: ImportOptions): string {
  const { case: caseColumn, activity, time, order } = mapping;
  const how = [digest, options.flow, caseColumn, activity, time, order ?? null, options.lifecycle ?? null];
  return createHash('sha256').update(JSON.stringify(how)).digest('hex').slice(0, IMPORT_ID_LENGTH);
}
