import type { ImportReport } from './report.ts';

/**
 * - `not-found`, `empty`, `unknown-format`, `wrong-encoding`: the file as a whole;
 * - `truncated-gzip`, `corrupt-gzip`: it ends too early, or its checksum or structure is wrong;
 * - `malformed-xml`, `not-xes`, `refused-xml`: not XML, not an event log, or XML that could attack its reader;
 * - `malformed-json`, `refused-json`, `not-ocel`: the same of JSON, and of what should be an object-centric log;
 * - `missing-column`, `bad-option`: what was asked for does not fit the file;
 * - `too-large`: one row or one element is beyond what is read at once.
 */
export type ImportErrorCode =
  | 'not-found'
  | 'empty'
  | 'unknown-format'
  | 'wrong-encoding'
  | 'truncated-gzip'
  | 'corrupt-gzip'
  | 'malformed-xml'
  | 'not-xes'
  | 'refused-xml'
  | 'malformed-json'
  | 'refused-json'
  | 'not-ocel'
  | 'missing-column'
  | 'bad-option'
  | 'too-large';

export type ImportFault = {
  readonly code: ImportErrorCode;
  readonly message: string;
  /** What a person can do about it, as one sentence. */
  readonly hint: string;
  /** 1-based line and column of the decompressed file, where the fault has a place. */
  readonly line?: number;
  readonly column?: number;
};

/** A file that cannot be read, or not to its end. What was read before the fault stays appended: see `report`. */
export class ImportError extends Error {
  readonly code: ImportErrorCode;
  readonly hint: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** How far the import came; `undefined` when the file was refused before its first row. */
  report: ImportReport | undefined;

  constructor(fault: ImportFault) {
    super(fault.message);
    this.name = 'ImportError';
    this.code = fault.code;
    this.hint = fault.hint;
    this.line = fault.line;
    this.column = fault.column;
  }
}
