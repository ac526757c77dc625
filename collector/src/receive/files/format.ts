import { cloudEventLines } from './cloudevent-lines.ts';
import { ImportError } from './import-error.ts';
import type { LineFormat } from './line-format.ts';
import { otlpLines } from './otlp-lines.ts';
import { recordLines } from './record-lines.ts';
import { emptyFile } from './stored-file.ts';

export type DetectedFormat =
  | { readonly format: 'csv' }
  | { readonly format: 'lines'; readonly lines: LineFormat }
  | { readonly format: 'ocel-json' | 'ocel-sqlite' }
  /** `encoding`: what an XML declaration says, else UTF-8. */
  | { readonly format: 'xes'; readonly encoding: string }
  | { readonly format: 'ocel-xml'; readonly encoding: string };

/** As reports name it. */
export type FileFormat = Exclude<DetectedFormat['format'], 'lines'> | LineFormat['name'];

/** Formats of one JSON document a line. */
const LINE_FORMATS: readonly LineFormat[] = [otlpLines, cloudEventLines, recordLines];

/** What the first bytes say of files that are often given by mistake. */
const FOREIGN: readonly (readonly [start: Buffer, name: string, hint: string])[] = [
  [
    Buffer.from('PK\x03\x04'),
    'a ZIP archive or a spreadsheet',
    'Unpack it, or save the sheet as CSV (UTF-8).',
  ],
  [Buffer.from('PAR1'), 'a Parquet file', 'Export it as CSV.'],
  [Buffer.from('%PDF'), 'a PDF', 'Export the log as CSV or XES.'],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 'compressed with zstd', 'Decompress it, or compress it with gzip.'],
  [Buffer.from('BZh'), 'compressed with bzip2', 'Decompress it, or compress it with gzip.'],
  [Buffer.from([0xfd, 0x37, 0x7a, 0x58]), 'compressed with xz', 'Decompress it, or compress it with gzip.'],
  [Buffer.from([0x1f, 0x8b]), 'compressed twice', 'Decompress it once.'],
];
const SQLITE = Buffer.from('SQLite format 3\0');
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
/** A log whose first element, behind comments, is one of an object-centric log. */
const OBJECT_LOG =
  /<(?:[\w.-]+:)?log\b[^>]*>\s*(?:<!--[\s\S]*?-->\s*)*<(?:[\w.-]+:)?(?:object-types|event-types|objects|events)\b/;
/** The same in JSON, and what the version before 2.0 looks like. */
const OBJECT_LOG_JSON = /^\s*\{\s*"(?:objectTypes|eventTypes|objects|events)"\s*:/;
const OLD_OBJECT_LOG = /^\s*\{\s*"ocel:/;
const CONTROL_SHARE_MAX = 0.02;
const DECLARED_ENCODING = /^<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/;

/** Tells the format by the first (decompressed) bytes; the name only serves to say more clearly what is wrong. */
export function detectFormat(sample: Buffer, fileName: string): DetectedFormat {
  if (sample.subarray(0, SQLITE.length).equals(SQLITE)) return { format: 'ocel-sqlite' };
  const start = sample.subarray(0, 3).equals(BOM) ? sample.subarray(3) : sample;
  refuseForeign(start, fileName);
  const head = start.subarray(0, 4096).toString('latin1').trimStart();
  if (head === '') throw emptyFile(fileName);
  if (head.startsWith('<')) {
    const encoding = DECLARED_ENCODING.exec(head)?.[1] ?? 'utf-8';
    return OBJECT_LOG.test(head) ? { format: 'ocel-xml', encoding } : { format: 'xes', encoding };
  }
  if (/\.xes(\.gz)?$/i.test(fileName)) {
    throw new ImportError({
      code: 'malformed-xml',
      message: `${fileName} is named as XES but does not begin with an XML element: ${JSON.stringify(head.slice(0, 40))}`,
      hint: 'Export the log again, or give a CSV file another name.',
      line: 1,
      column: 1,
    });
  }
  if (/^[[{]/.test(head)) return jsonFormat(start, fileName);
  return { format: 'csv' };
}

function jsonFormat(start: Buffer, fileName: string): DetectedFormat {
  const text = start.toString('utf8').trimStart();
  const end = text.indexOf('\n');
  const firstLine = end === -1 ? text : text.slice(0, end);
  const lines = LINE_FORMATS.find((format) => format.matches(firstLine));
  if (lines !== undefined) return { format: 'lines', lines };
  if (OBJECT_LOG_JSON.test(text)) return { format: 'ocel-json' };
  if (OLD_OBJECT_LOG.test(text)) {
    throw unknownFormat(
      fileName,
      'OCEL 1.0',
      'Convert it to OCEL 2.0 (pm4py reads the one and writes the other).',
    );
  }
  throw unknownFormat(
    fileName,
    'JSON of another kind',
    `JSON is read here as OCEL 2.0, or one document a line: ${LINE_FORMATS.map(({ name }) => name).join(', ')}.`,
  );
}

function refuseForeign(start: Buffer, fileName: string): void {
  const utf16 =
    start[0] === 0xff && start[1] === 0xfe ? 'LE' : start[0] === 0xfe && start[1] === 0xff ? 'BE' : '';
  if (utf16 !== '') {
    throw new ImportError({
      code: 'wrong-encoding',
      message: `${fileName} is UTF-16, not UTF-8`,
      hint: `Convert it: \`iconv -f UTF-16${utf16} -t UTF-8\`.`,
      line: 1,
    });
  }
  for (const [magic, name, hint] of FOREIGN) {
    if (start.subarray(0, magic.length).equals(magic)) throw unknownFormat(fileName, name, hint);
  }
  if (isBinary(start)) {
    throw unknownFormat(fileName, 'binary', 'An event log is read here from XES or CSV, also gzipped.');
  }
}

function isBinary(bytes: Buffer): boolean {
  let controls = 0;
  for (const byte of bytes) {
    if (byte === 0) return true;
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13) controls += 1;
  }
  return controls > bytes.length * CONTROL_SHARE_MAX;
}

function unknownFormat(fileName: string, name: string, hint: string): ImportError {
  return new ImportError({
    code: 'unknown-format',
    message: `${fileName} is ${name}, which cannot be imported`,
    hint,
  });
}
