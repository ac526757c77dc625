import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { timeZoneOf } from '../../event/time-zone.ts';
import type { RowMapping } from '../../intake/record.ts';
import { checkColumns, DEFAULT_CASE, type ImportOptions, mappingOf } from './columns.ts';
import { readCsv } from './csv.ts';
import { type DetectedFormat, detectFormat, type FileFormat } from './format.ts';
import { ImportError } from './import-error.ts';
import { linePortions } from './line-portions.ts';
import type { OcelItem } from './ocel/ocel-item.ts';
import { readOcelJson } from './ocel/ocel-json.ts';
import { type OcelRefusal, ocelPortions } from './ocel/ocel-portions.ts';
import { readOcelSqlite } from './ocel/ocel-sqlite.ts';
import { readOcelXml } from './ocel/ocel-xml.ts';
import type { Portion } from './portion.ts';
import { type RowRefusal, rowPortions } from './row-portions.ts';
import type { RowRun } from './row-run.ts';
import { openStoredFile, type StoredFile } from './stored-file.ts';
import { emptyTally, notesOf, type ReadingTally } from './tally.ts';
import { decodeDeclared, decodeUtf8 } from './text.ts';
import { readXes } from './xes.ts';

export type OpenedFile = {
  readonly format: FileFormat;
  /** Digest of the stored content and of how it is read: the same file imported the same way has the same id. */
  readonly importId: string;
  /** Size of the file as stored. */
  readonly bytesTotal: number;
  /** Once; ends with an ImportError where the file does, after what came before that place. */
  readonly portions: AsyncIterable<Portion>;
  /** Stored bytes read so far, a little ahead of the portions handed out. */
  bytesRead(): number;
  /** Rows or lines left out so far. */
  skipped(): number;
  /** What the reader had to do, as sentences; complete when `portions` has ended. */
  notes(): readonly string[];
};

/** What reading needs from outside. */
export type Reading = {
  readonly options: ImportOptions;
  readonly rowRefusal: RowRefusal;
  readonly ocelRefusal: OcelRefusal;
  /** Epoch microseconds. */
  readonly nowUs: () => number;
};

const SAMPLE_BYTES = 64 * 1024;
const IMPORT_ID_LENGTH = 32;

/**
 * Opens a file of any format that is known, gzipped or not, told by content. Reads the file once for its digest, and then as far as
 * its first portion, so that a file that cannot be read at all is refused here; memory is bounded by one portion.
 * Messages call the file `fileName`.
 *
 * @throws ImportError
 */
export async function openFile(path: string, reading: Reading, fileName = path): Promise<OpenedFile> {
  checkTimezone(reading.options.timezone);
  const file = await openStoredFile(path, fileName);
  const { detected, chunks } = await sniff(file, fileName);
  const tally = emptyTally();
  const importId = importIdOf(file.digest, detected, reading.options);
  const source = `file:${basename(fileName)}`;
  const notes: string[] = [];
  const content: Content = { chunks, reread: file.read, fileName, importId, source, tally, notes };
  const portions = portionsOf(detected, content, reading);
  const first = await portions.next();
  return {
    format: detected.format === 'lines' ? detected.lines.name : detected.format,
    importId,
    bytesTotal: file.bytesTotal,
    portions: continued(first, portions),
    bytesRead: file.bytesRead,
    skipped: () => tally.skipped + tally.skippedLines,
    notes: () => [...notes, ...notesOf(tally, detected.format === 'lines' ? detected.lines.skippedNote : '')],
  };
}

type Content = {
  readonly chunks: AsyncIterable<Buffer>;
  /** The same content once more. */
  reread(): AsyncIterable<Buffer>;
  readonly fileName: string;
  readonly importId: string;
  readonly source: string;
  readonly tally: ReadingTally;
  readonly notes: string[];
};

function portionsOf(detected: DetectedFormat, content: Content, reading: Reading): AsyncGenerator<Portion> {
  if (detected.format === 'lines') {
    const file = { ...content, options: reading.options };
    return linePortions(content.chunks, detected.lines, file, content.tally, reading.nowUs);
  }
  const flow = flowOf(reading.options, content.fileName);
  if (detected.format !== 'csv' && detected.format !== 'xes') {
    const { case: caseType, timezone } = reading.options;
    const log = { ...content, flow, case: caseType, timezone };
    const leftOut = new Set<string>();
    const items = () => ocelItems(detected, content, leftOut);
    return ocelPortions(items, log, reading.ocelRefusal, content.notes);
  }
  const mapping = mappingOf(reading.options);
  const runs =
    detected.format === 'csv'
      ? readCsv(
          decodeUtf8(content.chunks, content.fileName),
          reading.options,
          content.fileName,
          content.tally,
        )
      : xesRuns(
          content,
          textsOf(content.chunks, detected.encoding, content.fileName),
          reading.options,
          mapping,
        );
  const { importId, source } = content;
  return rowPortions(runs, { importId, source, flow, mapping }, reading.rowRefusal);
}

function textsOf(chunks: AsyncIterable<Buffer>, encoding: string, fileName: string): AsyncIterable<string> {
  const isUtf8 = /^(utf-?8|us-ascii|ascii)$/i.test(encoding);
  return isUtf8 ? decodeUtf8(chunks, fileName) : decodeDeclared(chunks, fileName, encoding);
}

function ocelItems(
  detected: Exclude<DetectedFormat, { format: 'lines' | 'csv' | 'xes' }>,
  { reread, fileName }: Content,
  leftOut: Set<string>,
): AsyncIterable<OcelItem> {
  switch (detected.format) {
    case 'ocel-json':
      return readOcelJson(reread(), fileName, leftOut);
    case 'ocel-xml':
      return readOcelXml(textsOf(reread(), detected.encoding, fileName), fileName, leftOut);
    case 'ocel-sqlite':
      return readOcelSqlite(reread(), fileName);
  }
}

function checkTimezone(timezone: string | undefined): void {
  if (timezone === undefined || timeZoneOf(timezone) !== undefined) return;
  throw new ImportError({
    code: 'bad-option',
    message: `there is no time zone ${JSON.stringify(timezone)}`,
    hint: 'Give an offset (+01:00) or a name (Europe/Berlin).',
  });
}

/** What only has cases, and not what kind of process they are, needs to be told. */
function flowOf(options: ImportOptions, fileName: string): string {
  if (options.flow !== undefined) return options.flow;
  throw new ImportError({
    code: 'bad-option',
    message: `which flow? ${fileName} is an event log and does not say what it is about`,
    hint: 'Name it with --flow NAME.',
  });
}

/** The columns of an XES log are only known as it is read: its first run must have those that were asked for. */
async function* xesRuns(
  { fileName, tally }: Content,
  texts: AsyncIterable<string>,
  options: ImportOptions,
  mapping: RowMapping,
): AsyncGenerator<RowRun> {
  let checked = false;
  for await (const run of readXes(texts, options.lifecycle === 'complete', fileName, tally)) {
    if (!checked) {
      const columns = run.columns.includes(DEFAULT_CASE) ? run.columns : [...run.columns, DEFAULT_CASE];
      checkColumns(columns, mapping, fileName);
      checked = true;
    }
    yield run;
  }
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
  first: IteratorResult<Portion, unknown>,
  source: AsyncGenerator<Portion>,
): AsyncGenerator<Portion> {
  try {
    if (first.done === true) return;
    yield first.value;
    yield* source;
  } finally {
    await source.return(undefined);
  }
}

/** Lines say everything themselves, but for the records of an engine, which do not say whose they are. */
function importIdOf(digest: string, detected: DetectedFormat, options: ImportOptions): string {
  const how: unknown[] = [digest];
  if (detected.format !== 'lines') {
    const { case: caseColumn, activity, time, order } = mappingOf(options);
    how.push(options.flow, caseColumn, activity, time, order ?? null, options.lifecycle ?? null);
    if (options.timezone !== undefined) how.push(options.timezone);
  } else if (detected.lines.name === 'records') how.push(options.source ?? null, options.environment ?? null);

  return createHash('sha256').update(JSON.stringify(how)).digest('hex').slice(0, IMPORT_ID_LENGTH);
}
